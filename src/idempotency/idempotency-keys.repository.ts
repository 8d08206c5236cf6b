import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { anyNumberOf, queryPrepared, queryPreparedIn, type Prepared } from '../database/prepared.js';

export interface KeptKeyRow {
  number: number;
  fingerprint: Buffer;
  token_id: string;
  /** The answer to the first call may not have been sent yet. */
  under_way: boolean;
}

/** What caller $1[i] did under key $2[i]. Uses idempotency_keys_pkey. */
const FIND_KEYS: Prepared = {
  name: 'idempotency_find',
  text: `
SELECT a.number::int AS number, k.* FROM unnest(${anyNumberOf('$1::uuid[]')}, ${anyNumberOf('$2::text[]')}) WITH ORDINALITY AS a (actor, key, number)
  CROSS JOIN LATERAL (
    SELECT fingerprint, token_id, created_at > now() - interval '2 seconds' AS under_way FROM idempotency_keys
    WHERE actor_token_id = a.actor AND key = a.key AND created_at > now() - interval '24 hours' OFFSET 0) k`,
};

/** Stores that caller $1[i] got token $4[i] under key $2[i], with fingerprint $3[i] of the request. */
const KEEP_KEYS: Prepared = {
  name: 'idempotency_keep',
  text: `
INSERT INTO idempotency_keys (actor_token_id, key, fingerprint, token_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[])
ON CONFLICT (actor_token_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, token_id = excluded.token_id, created_at = excluded.created_at`,
};

/** Deletes up to 1,000 keys that are too old to be repeated. Uses idempotency_keys_created_at_idx. */
const PRUNE_KEYS: Prepared = {
  name: 'idempotency_prune',
  text: `
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED))`,
};

/** The keys that callers have used, and for which requests. */
@Injectable()
export class IdempotencyKeysRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** What each caller did under its key; undefined: nothing, or more than 24 hours ago. */
  async find(
    calls: readonly { actorTokenId: string; key: string }[],
    manager: EntityManager,
  ): Promise<(KeptKeyRow | undefined)[]> {
    const rows = await queryPreparedIn<KeptKeyRow>(manager, FIND_KEYS, [
      calls.map(({ actorTokenId }) => actorTokenId),
      calls.map(({ key }) => key),
    ]);
    const kept = Array<KeptKeyRow | undefined>(calls.length).fill(undefined);
    for (const row of rows) kept[row.number - 1] = row;
    return kept;
  }

  /** Stores that each caller got a token under its key, replacing an earlier entry. */
  async keep(
    calls: readonly { actorTokenId: string; key: string; fingerprint: Buffer; tokenId: string }[],
    manager: EntityManager,
  ): Promise<void> {
    await queryPreparedIn(manager, KEEP_KEYS, [
      calls.map(({ actorTokenId }) => actorTokenId),
      calls.map(({ key }) => key),
      calls.map(({ fingerprint }) => fingerprint),
      calls.map(({ tokenId }) => tokenId),
    ]);
  }

  /** Deletes some that are too old to be repeated. */
  async prune(): Promise<void> {
    await queryPrepared(this.dataSource, PRUNE_KEYS, []);
  }
}
