/** A PostgreSQL transaction snapshot, as `pg_snapshot` prints it: `xmin:xmax:xip,xip,…`. */
export interface Snapshot {
  text: string;
  min: bigint;
  max: bigint;
  inProgress: ReadonlySet<bigint>;
}

export function parseSnapshot(text: string): Snapshot {
  const [min, max, list] = text.split(':');
  if (min === undefined || max === undefined || list === undefined)
    throw new Error('not a transaction snapshot');
  return {
    text,
    min: BigInt(min),
    max: BigInt(max),
    inProgress: new Set(list === '' ? [] : list.split(',').map(BigInt)),
  };
}

/** What `pg_visible_in_snapshot` says: true when `transaction` had ended by the time of the snapshot. */
export function isVisibleIn(transaction: bigint, snapshot: Snapshot): boolean {
  if (transaction < snapshot.min) return true;
  return transaction < snapshot.max && !snapshot.inProgress.has(transaction);
}

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
