import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { anyNumberOf, queryPrepared, queryPreparedIn } from '../database/prepared.js';

export interface KeptKeyRow {
  number: number;
  fingerprint: Buffer;
  token_id: string;
  /** The answer to the first call may not have been sent yet. */
  under_way: boolean;
}

/** The keys that callers have used, and for which requests. */
@Injectable()
export class IdempotencyKeysRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** What each caller did under its key; undefined: nothing, or more than 24 hours ago. Uses idempotency_keys_pkey. */
  async find(
    calls: readonly { actorTokenId: string; key: string }[],
    manager: EntityManager,
  ): Promise<(KeptKeyRow | undefined)[]> {
    const text = `
SELECT a.number::int AS number, k.* FROM unnest(${anyNumberOf('$1::uuid[]')}, ${anyNumberOf('$2::text[]')}) WITH ORDINALITY AS a (actor, key, number)
  CROSS JOIN LATERAL (
    SELECT fingerprint, token_id, created_at > now() - interval '2 seconds' AS under_way FROM idempotency_keys
    WHERE actor_token_id = a.actor AND key = a.key AND created_at > now() - interval '24 hours' OFFSET 0) k`;
    const values = [calls.map(({ actorTokenId }) => actorTokenId), calls.map(({ key }) => key)];
    const rows = await queryPreparedIn<KeptKeyRow>(manager, { name: 'idempotency_find', text }, values);
    const kept = Array<KeptKeyRow | undefined>(calls.length).fill(undefined);
    for (const row of rows) kept[row.number - 1] = row;
    return kept;
  }

  /** Stores that each caller got a token under its key, replacing an earlier entry. */
  async keep(
    calls: readonly { actorTokenId: string; key: string; fingerprint: Buffer; tokenId: string }[],
    manager: EntityManager,
  ): Promise<void> {
    const text = `
INSERT INTO idempotency_keys (actor_token_id, key, fingerprint, token_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[])
ON CONFLICT (actor_token_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, token_id = excluded.token_id, created_at = excluded.created_at`;
    await queryPreparedIn(manager, { name: 'idempotency_keep', text }, [
      calls.map(({ actorTokenId }) => actorTokenId),
      calls.map(({ key }) => key),
      calls.map(({ fingerprint }) => fingerprint),
      calls.map(({ tokenId }) => tokenId),
    ]);
  }

  /** Deletes up to 1,000 that are too old to be repeated. Uses idempotency_keys_created_at_idx. */
  async prune(): Promise<void> {
    const text = `
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED))`;
    await queryPrepared(this.dataSource, { name: 'idempotency_prune', text }, []);
  }
}
