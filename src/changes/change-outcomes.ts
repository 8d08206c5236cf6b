import { Injectable } from '@nestjs/common';
import { driverCodeOf } from '../common/errors/driver-error.js';
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

const DISK_FULL = '53100';
/** After this time the process is ready again, so that a change is tried: nobody tries one while it is not ready. */
const DISK_FULL_KEPT_MS = 30_000;

/** The outcomes of the changes of this process since its start, for its metrics and its readiness. */
@Injectable()
export class ChangeOutcomes {
  /** Revoked API tokens by cause, in every dialect. */
  readonly revokedByCause = new Map<string, number>(
    ['request', 'owner', 'grace', 'predecessor', 'parent', 'cut_off', 'policy', 'selection'].map((cause) => [
      cause,
      0,
    ]),
  );

  private diskFullAtMs: number | null = null;

  /**
   * Whether a change was refused within the last half minute because the disk is full, and none has succeeded since.
   */
  get lacksSpace(): boolean {
    return this.diskFullAtMs !== null && performance.now() - this.diskFullAtMs < DISK_FULL_KEPT_MS;
  }

  committed({ events, revokedByCause }: ChangeTally): void {
    if (events > 0) this.diskFullAtMs = null;
    for (const [cause, count] of revokedByCause)
      this.revokedByCause.set(cause, (this.revokedByCause.get(cause) ?? 0) + count);
  }

  failed(error: unknown): void {
    if (isDiskFull(error)) this.diskFullAtMs = performance.now();
  }
}

/** Also behind a refusal that was made of it. */
function isDiskFull(error: unknown): boolean {
  if (driverCodeOf(error) === DISK_FULL) return true;
  return error instanceof Error && error.cause !== undefined && isDiskFull(error.cause);
}
