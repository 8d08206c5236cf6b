import type { ExportHeader, Gap } from '../export-format.js';
import type { AuditEvent } from '../audit-event.js';
import { type DropRecord, type FailureKind, LISTED_MAX } from './verification-report.js';

/**
 * Which tokens the log says are revoked: none of them does anything later in it. What was refused to one, or failed,
 * was not done. Keeps some 64 bytes for each revoked token.
 */
export class ActorLedger {
  readonly #revoked = new Set<string>();

  /** Whether the events taken so far say that it was revoked. */
  hasRevoked(tokenId: string): boolean {
    return this.#revoked.has(packed(tokenId) ?? '');
  }

  /** Takes the next intact event of the log. False: a token did it that had been revoked before. */
  admits({ action, actor, outcome, target }: AuditEvent): boolean {
    if (outcome !== 'success') return true;
    const by = packed(actor.token_id);
    const admitted = by === null || !this.#revoked.has(by);
    const revoked = action === 'token.revoked' ? packed(target.id) : null;
    if (revoked !== null) this.#revoked.add(revoked);
    return admitted;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of a token in 16 bytes; null for what is none. */
function packed(id: string | null): string | null {
  if (id === null || !UUID.test(id)) return null;
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1');
}

/**
 * `ahead`: those between are absent so far. `late`: it had been absent, so it stands too late. `repeated`: it
 * was there before.
 */
type Arrival = 'next' | 'ahead' | 'late' | 'repeated';

/** Which sequences have come, which are absent and which are intact; memory stays bounded. */
export class SequenceLedger {
  /** The sequence that should come next. */
  expected = 1;
  /** Ranges that never came; at most the first {@link LISTED_MAX}, in the order noticed. */
  readonly absent: [number, number][] = [];
  intactCount = 0;
  readonly #intact: [number, number][] = [];

  /** Records the arrival of the sequences from..to. */
  arrive(from: number, to: number): Arrival {
    if (from < this.expected) return this.#fillAbsent(from, to) ? 'late' : 'repeated';
    const arrival = from === this.expected ? 'next' : 'ahead';
    if (arrival === 'ahead' && this.absent.length < LISTED_MAX) this.absent.push([this.expected, from - 1]);
    this.expected = to + 1;
    return arrival;
  }

  markIntact(sequence: number): void {
    this.intactCount += 1;
    const last = this.#intact.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else if (this.#intact.length < LISTED_MAX) this.#intact.push([sequence, sequence]);
  }

  /** The intact ranges up to and including `through`. */
  intactThrough(through: number): [number, number][] {
    return this.#intact
      .filter(([from]) => from <= through)
      .map(([from, to]) => [from, Math.min(to, through)]);
  }

  #fillAbsent(from: number, to: number): boolean {
    const at = this.absent.findIndex((range) => range[0] <= from && to <= range[1]);
    if (at < 0) return false;
    const [first, last] = this.absent[at]!;
    const left: [number, number][] = [];
    if (first < from) left.push([first, from - 1]);
    if (to < last) left.push([to + 1, last]);
    this.absent.splice(at, 1, ...left);
    return true;
  }
}

/** A file that events were written to before they were dropped. */
export interface RecordedArchive {
  /** Below the archive directory. */
  name: string;
  sha256: string;
  /** Of the event that records it. */
  sequence: number;
}

/**
 * Keeps "dropped by retention" and "skipped" from becoming words for "removed": retention only ever drops the
 * oldest events, leaves a record of how far in the log, and a complete export skips nothing inside its range.
 */
export class RetentionLedger {
  /** The intact event that records the furthest drop; null for none. */
  record: DropRecord | null = null;
  /** The archives that intact events of the export name, oldest first. */
  readonly archives: RecordedArchive[] = [];
  #droppedThrough = 0;

  /** Events said to be dropped of which no intact event of the export records that they were; null for none. */
  get unrecorded(): [number, number] | null {
    const recorded = this.record?.through_sequence ?? 0;
    return this.#droppedThrough > recorded ? [recorded + 1, this.#droppedThrough] : null;
  }

  seeEvent({ action, details, id, sequence, occurred_at }: AuditEvent): void {
    if (action !== 'audit.retention_applied') return;
    const { through_sequence, archive, archive_sha256: sha256 } = details;
    if (typeof archive === 'string' && typeof sha256 === 'string')
      this.archives.push({ name: archive, sha256, sequence });
    if (typeof through_sequence !== 'number' || through_sequence >= sequence) return;
    if (through_sequence > (this.record?.through_sequence ?? 0))
      this.record = { id, sequence, occurred_at, through_sequence };
  }

  /** What is wrong with the gap; null for nothing. */
  seeGap({ reason, from, to }: Gap, header: ExportHeader): { kind: FailureKind; message: string } | null {
    if (reason === 'skipped') {
      const isInside = header.complete && to >= header.first_sequence && from <= header.last_sequence;
      return isInside
        ? { kind: 'incomplete', message: 'the export says it is complete but leaves them out' }
        : null;
    }
    if (reason === 'missing') return null;
    // A complete export that starts later may skip what lies before; nothing else may.
    const mayStartHere = from === this.#droppedThrough + 1 || from === header.first_sequence;
    if (header.complete && !mayStartHere) {
      return { kind: 'removed_event', message: 'retention drops only the oldest events, not these' };
    }
    this.#droppedThrough = to;
    return null;
  }
}
