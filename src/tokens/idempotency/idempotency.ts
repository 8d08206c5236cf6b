import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import type { Change } from '../../changes/change.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { queryPrepared, queryPreparedIn } from '../../database/prepared.js';
import { FIND_KEY, KEEP_KEY, PRUNE_KEYS, type KeptKeyRow } from './idempotency.sql.js';

const PRUNE_MS = 10 * 60_000;

/** What a call made, or makes again, under its key. */
interface Made {
  token: { id: string };
}

/**
 * Calls that hand out a secret may be repeated under the `Idempotency-Key` they were first made with, for 24 hours.
 * Secrets are not stored, so that a repeated call cannot answer with the same one: it replaces a token that nobody has
 * used by another.
 */
@Injectable()
export class Idempotency implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.prune().catch(() => undefined), PRUNE_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * What `first` makes; where this call was made before, what `again` makes of the token that it made then. The key is
   * kept with the change, so that there is one of both, or none.
   * @throws DomainError `input.invalid` when the key names another request; `idempotency.under_way` while the answer to
   * the first call may still come: a secret that has been sent must not be replaced
   */
  async once<Result extends Made>(
    { idempotencyKey, principal }: Caller,
    { manager }: Change,
    first: () => Promise<Result>,
    again: (tokenId: string) => Promise<Result>,
  ): Promise<Result> {
    if (idempotencyKey === null) return first();
    const { key, fingerprint } = idempotencyKey;
    const actorId = principal.token.id;
    const [kept] = await queryPreparedIn<KeptKeyRow>(manager, FIND_KEY, [actorId, key]);
    if (kept !== undefined && !kept.fingerprint.equals(fingerprint)) throw keyReused();
    if (kept?.under_way === true)
      throw new DomainError('idempotency.under_way', 'The same call is under way. Repeat it later.', {
        retryAfterSeconds: 2,
      });
    const made = await (kept === undefined ? first() : again(kept.token_id));
    await queryPreparedIn(manager, KEEP_KEY, [actorId, key, fingerprint, made.token.id]);
    return made;
  }

  private async prune(): Promise<void> {
    await queryPrepared(this.dataSource, PRUNE_KEYS, []);
  }
}

function keyReused(): DomainError {
  return new DomainError('input.invalid', 'The input is not valid.', {
    issues: [
      {
        loc: ['header', 'idempotency-key'],
        msg: 'Input should be a key that was not used for another request',
        type: 'idempotency_key_reused',
      },
    ],
  });
}
