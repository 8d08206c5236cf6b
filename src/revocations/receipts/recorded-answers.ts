import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import type { ChangeEvent } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import type { SharedItem, SharedWork } from '../../changes/shared-work.js';

/** Records what somebody is about to be shown, before they are: a receipt, or what was found. Those of a moment share a transaction. */
@Injectable()
export class RecordedAnswers implements SharedWork<ChangeEvent, void> {
  readonly verifiers = 'unconcerned';
  readonly lane = 'others';

  constructor(private readonly changes: Changes) {}

  /**
   * Resolves once the event is committed: in the log of the caller's business, or else in the platform's.
   * @throws as Changes: then nothing may be shown
   */
  record(caller: Caller, event: ChangeEvent): Promise<void> {
    return this.changes.share(this, caller, caller.businessId, event);
  }

  claims(): string[] {
    return [];
  }

  run(items: readonly SharedItem<ChangeEvent>[]): Promise<void[]> {
    for (const { input, change } of items) change.record(input);
    return Promise.resolve(items.map(() => undefined));
  }
}
