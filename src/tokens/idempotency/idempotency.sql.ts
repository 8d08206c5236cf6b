import type { Prepared } from '../../database/prepared.js';

export interface KeptKeyRow {
  fingerprint: Buffer;
  token_id: string;
  /** The answer to the call that was made under it may not have left yet. */
  under_way: boolean;
}

/** What caller $1 did under key $2. Uses idempotency_keys_pkey. */
export const FIND_KEY: Prepared = {
  name: 'idempotency_find',
  text: `
SELECT fingerprint, token_id, created_at > now() - interval '2 seconds' AS under_way FROM idempotency_keys
WHERE actor_token_id = $1 AND key = $2 AND created_at > now() - interval '24 hours'`,
};

/** Keeps that caller $1 got token $4 under key $2, by the request with fingerprint $3. */
export const KEEP_KEY: Prepared = {
  name: 'idempotency_keep',
  text: `
INSERT INTO idempotency_keys (actor_token_id, key, fingerprint, token_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (actor_token_id, key) DO UPDATE
  SET fingerprint = excluded.fingerprint, token_id = excluded.token_id, created_at = excluded.created_at`,
};

/** Up to 1,000 keys that nothing can be repeated under any more. Uses idempotency_keys_created_at_idx. */
export const PRUNE_KEYS: Prepared = {
  name: 'idempotency_prune',
  text: `
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED))`,
};
