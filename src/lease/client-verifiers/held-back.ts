import type { Snapshot } from '../snapshot.js';

/** What is held back: the transaction with this id, or what another object stands for. */
export type Held = bigint | object;

/**
 * What this process has applied but must not confirm yet, because client verifiers may still answer from an earlier
 * state. Each of them holds a transaction back once for each message that names it, until the message is acknowledged or
 * waited out.
 */
export class HeldBack {
  private readonly holders = new Map<Held, number>();
  /** If more is held back than can be listed: the position that stays confirmed. */
  private frozen: { hold: object; position: Snapshot } | null = null;

  /** @param onReleased called with what nobody holds back any more */
  constructor(private readonly onReleased: (what: Held) => void) {}

  has(what: Held): boolean {
    return this.holders.has(what);
  }

  hold(what: Held): void {
    this.holders.set(what, (this.holders.get(what) ?? 0) + 1);
  }

  release(what: Held): void {
    const left = (this.holders.get(what) ?? 0) - 1;
    if (left > 0) {
      this.holders.set(what, left);
      return;
    }
    if (!this.holders.delete(what)) return;
    if (this.frozen?.hold === what) this.frozen = null;
    this.onReleased(what);
  }

  /** Holds back everything beyond `confirmed`, however far this process has read. */
  freezeAt(confirmed: Snapshot): object {
    if (this.frozen === null || !this.holders.has(this.frozen.hold))
      this.frozen = { hold: {}, position: confirmed };
    return this.frozen.hold;
  }

  /** The snapshot `read` without what is held back, which is listed among the transactions in progress. */
  confirmed(read: Snapshot): Snapshot {
    if (this.frozen !== null && this.holders.has(this.frozen.hold)) return this.frozen.position;
    const held = [...this.holders.keys()].filter(
      (what): what is bigint => typeof what === 'bigint' && what < read.max,
    );
    return held.length === 0 ? read : without(read, held);
  }
}

function without(read: Snapshot, held: readonly bigint[]): Snapshot {
  const inProgress = new Set([...read.inProgress, ...held]);
  const sorted = [...inProgress].sort((left, right) => (left < right ? -1 : 1));
  const first = sorted[0] as bigint;
  const min = first < read.min ? first : read.min;
  return { text: `${min}:${read.max}:${sorted.join(',')}`, min, max: read.max, inProgress };
}
