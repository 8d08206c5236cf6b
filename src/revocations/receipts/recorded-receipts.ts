import { Injectable } from '@nestjs/common';
import type { AuditTarget } from '../../log-format/audit-event.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { Changes } from '../../changes/changes.js';
import type { SharedItem, SharedWork } from '../../changes/shared-work.js';

interface HandedOut {
  /** The token, or the revocation of many. */
  target: AuditTarget;
  /** Of the revocation in the log. */
  sequence: number;
}

/** Records that somebody gets a receipt, before they get it: a receipt shows what is in the log. */
@Injectable()
export class RecordedReceipts implements SharedWork<HandedOut, void> {
  readonly verifiers = 'unconcerned';
  readonly lane = 'others';

  constructor(private readonly changes: Changes) {}

  /** Resolves once the event is committed. @throws as Changes: then nothing may be handed out */
  record(caller: BusinessCaller, target: AuditTarget, sequence: number): Promise<void> {
    return this.changes.share(this, caller, caller.businessId, { target, sequence });
  }

  claims(): string[] {
    return [];
  }

  run(items: readonly SharedItem<HandedOut>[]): Promise<void[]> {
    for (const { input, change } of items)
      change.record({
        action: 'receipt.issued',
        target: input.target,
        details: { revocation_sequence: input.sequence },
      });
    return Promise.resolve(items.map(() => undefined));
  }
}
