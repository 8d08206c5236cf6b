import type { ExportHeader, Gap } from '../../audit/transparency/export-format.js';
import type { AuditEvent } from '../../audit/trail/audit-event.js';
import type { FailureKind } from './report.js';

/**
 * Keeps "dropped by retention" and "skipped" from becoming words for "removed": retention only ever drops the
 * oldest events, leaves a record of it in the log, and a complete export skips nothing inside its range.
 */
export class RetentionLedger {
  #droppedThrough = 0;
  #hasRecord = false;

  /** Whether events were dropped though no intact event of the export records a drop. */
  get lacksRecord(): boolean {
    return this.#droppedThrough > 0 && !this.#hasRecord;
  }

  seeEvent(event: AuditEvent): void {
    if (event.action === 'audit.retention_applied') this.#hasRecord = true;
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
