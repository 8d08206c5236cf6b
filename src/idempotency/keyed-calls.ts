import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { Change } from '../changes/change.js';
import { IdempotencyKeysRepository } from './idempotency-keys.repository.js';
import { keyReused } from './key-reused.js';

/** Calls that return no secret: repeated with their key, they answer with what the first call made. */
@Injectable()
export class KeyedCalls {
  constructor(private readonly keys: IdempotencyKeysRepository) {}

  /**
   * The id of what the caller made with the key of this call; null: nothing.
   * @throws DomainError `input.invalid` when the key belongs to another request
   */
  async madeBefore({ principal, idempotencyKey }: Caller, change: Change): Promise<string | null> {
    if (idempotencyKey === null) return null;
    const { key, fingerprint } = idempotencyKey;
    const [kept] = await this.keys.find([{ actorTokenId: principal.token.id, key }], change.manager);
    if (kept === undefined) return null;
    if (kept.fingerprint.equals(fingerprint)) return kept.token_id;
    throw keyReused();
  }

  /** Stores what the call made under its key, in the same transaction. */
  async keep({ principal, idempotencyKey }: Caller, id: string, change: Change): Promise<void> {
    if (idempotencyKey === null) return;
    const call = { actorTokenId: principal.token.id, ...idempotencyKey, tokenId: id };
    await this.keys.keep([call], change.manager);
  }
}
