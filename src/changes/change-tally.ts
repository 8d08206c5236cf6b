import type { AuditDraft } from '../audit/trail/audit-draft.js';

/** What a change wrote to the log, as far as it is counted. */
export class ChangeTally {
  events = 0;
  /** Revoked API tokens by cause. */
  readonly revokedByCause = new Map<string, number>();

  add(events: readonly AuditDraft[]): this {
    this.events += events.length;
    for (const event of events) {
      if (event.action !== 'token.revoked') continue;
      const { cause, is_session } = event.details as AuditDraft<'token.revoked'>['details'];
      if (is_session === true) continue;
      this.revokedByCause.set(cause, (this.revokedByCause.get(cause) ?? 0) + 1);
    }
    return this;
  }
}
