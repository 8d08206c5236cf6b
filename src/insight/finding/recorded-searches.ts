import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { Changes } from '../../changes/changes.js';
import type { SharedItem, SharedWork } from '../../changes/shared-work.js';

export interface TokenSearch {
  by: 'secret' | 'fragment' | 'text';
  /** How many different strings were looked up. */
  strings: number;
  /** How many tokens the caller is shown. */
  found: number;
}

/**
 * Records that somebody searched for tokens by traces of them, before any token is shown: how many strings, never which.
 * Concurrent searches share a transaction.
 */
@Injectable()
export class RecordedSearches implements SharedWork<TokenSearch, void> {
  readonly verifiers = 'unconcerned';
  readonly lane = 'others';

  constructor(private readonly changes: Changes) {}

  /**
   * Resolves once the event is committed: in the log of the business, or in the platform's for a search of all.
   * @throws as Changes: then nothing may be shown
   */
  record(caller: Caller, search: TokenSearch): Promise<void> {
    return this.changes.share(this, caller, caller.businessId, search);
  }

  claims(): string[] {
    return [];
  }

  run(items: readonly SharedItem<TokenSearch>[]): Promise<void[]> {
    for (const { input, change } of items)
      change.record({
        action: 'token.searched',
        target: { kind: 'token', id: null },
        details: { by: input.by, strings: input.strings, found: input.found },
      });
    return Promise.resolve(items.map(() => undefined));
  }
}
