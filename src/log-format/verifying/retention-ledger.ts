import type { ExportHeader, Gap } from '../export-format.js';
import type { AuditEvent } from '../audit-event.js';
import type { DropRecord, FailureKind } from './verification-report.js';

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
  #droppedThrough = 0;
  #record: DropRecord | null = null;
  readonly #archives: RecordedArchive[] = [];

  /** The intact event that records the furthest drop; null for none. */
  get record(): DropRecord | null {
    return this.#record;
  }

  /** The archives that intact events of the export name, oldest first. */
  get archives(): readonly RecordedArchive[] {
    return this.#archives;
  }

  /** Events said to be dropped of which no intact event of the export records that they were; null for none. */
  get unrecorded(): [number, number] | null {
    const recorded = this.#record?.through_sequence ?? 0;
    return this.#droppedThrough > recorded ? [recorded + 1, this.#droppedThrough] : null;
  }

  seeEvent({ action, details, id, sequence, occurred_at }: AuditEvent): void {
    if (action !== 'audit.retention_applied') return;
    const { through_sequence, archive, archive_sha256: sha256 } = details;
    if (typeof archive === 'string' && typeof sha256 === 'string')
      this.#archives.push({ name: archive, sha256, sequence });
    if (typeof through_sequence !== 'number' || through_sequence >= sequence) return;
    if (through_sequence > (this.#record?.through_sequence ?? 0))
      this.#record = { id, sequence, occurred_at, through_sequence };
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
