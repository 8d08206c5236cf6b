import { Injectable } from '@nestjs/common';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import type { Caller } from '../auth/caller.js';
import { Changes } from '../changes/changes.js';
import type { SharedItem, SharedWork } from '../changes/shared-work.js';

interface Read {
  /** null: all of them. */
  logId: string | null;
  filter: string;
}

/**
 * Records that somebody reads a log, before they are shown it. Each read has an event of its own; those that are
 * recorded at once share a transaction.
 */
@Injectable()
export class RecordedReads implements SharedWork<Read, void> {
  readonly verifiers = 'unconcerned';
  readonly lane = 'others';

  constructor(private readonly changes: Changes) {}

  /** Resolves once the event is committed. @throws as Changes: then nothing may be shown */
  record(caller: Caller, logId: string | null, filter: string): Promise<void> {
    return this.changes.share(this, caller, logId === PLATFORM_LOG ? null : logId, { logId, filter });
  }

  claims(): string[] {
    return [];
  }

  run(items: readonly SharedItem<Read>[]): Promise<void[]> {
    for (const { input, change } of items) {
      const target = { kind: 'audit' as const, id: input.logId };
      change.record({ action: 'audit.read', target, details: { filter: input.filter } });
    }
    return Promise.resolve(items.map(() => undefined));
  }
}
