import type { Role } from '../members/role.js';
import type { Prepared } from '../database/prepared.js';

export interface TokenFactsRow {
  id: string;
  jti: string;
  digest: Buffer;
  pepper_id: string;
  name: string | null;
  scopes: string[];
  trusted_ips: string[] | null;
  created_at: Date;
  expires_at: Date | null;
  grace_ends_at: Date | null;
  revoked: boolean;
  uses_limited: boolean;
  business_id: string | null;
  business_suspended: boolean | null;
  owner_kind: 'user' | 'identity' | 'platform';
  owner_id: string | null;
  owner_name: string | null;
  owner_email: string | null;
  owner_role: Role | null;
  owner_present: boolean;
  now_ms: number;
  replicated: boolean;
}

/**
 * All that verdicts on the tokens with the public ids $1 need. The one look-up that is not scoped by a business:
 * the secrets themselves say whose they are. Uses tokens_jti_key.
 */
export const FIND_TOKENS: Prepared = {
  name: 'verdict_find_tokens',
  text: `
SELECT t.id, t.jti, t.digest, t.pepper_id, t.name, t.scopes, t.trusted_ips, t.created_at, t.expires_at, t.grace_ends_at,
  t.revoked_at IS NOT NULL AS revoked, t.uses_limit IS NOT NULL AS uses_limited,
  t.business_id, b.status <> 'active' AS business_suspended,
  t.owner_kind, coalesce(t.member_id, t.identity_id) AS owner_id, coalesce(m.name, i.name) AS owner_name, m.email AS owner_email,
  coalesce(m.role, i.role) AS owner_role,
  CASE t.owner_kind WHEN 'user' THEN m.removed_at IS NULL WHEN 'identity' THEN i.status = 'active' ELSE true END AS owner_present,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms, current_setting('synchronous_standby_names') <> '' AS replicated
FROM tokens t
LEFT JOIN businesses b ON b.id = t.business_id
LEFT JOIN members m ON m.id = t.member_id
LEFT JOIN identities i ON i.id = t.identity_id
WHERE t.jti = ANY ($1)`,
};

/**
 * Claims one use of token $1; no row: none is left. A use of a token is one of the token that it was issued or rotated
 * with as well, and so on, as far as uses are counted: so that no number of them is made out of few. The rows are locked
 * in one order before any is counted, which makes each use count once. Uses tokens_pkey.
 */
export const CLAIM_USE: Prepared = {
  name: 'verdict_claim_use',
  text: `
WITH RECURSIVE counted AS (
  SELECT id, issued_by_token FROM tokens WHERE id = $1
  UNION
  SELECT t.id, t.issued_by_token FROM counted c CROSS JOIN LATERAL (
    SELECT id, issued_by_token FROM tokens WHERE id = c.issued_by_token AND uses_limit IS NOT NULL OFFSET 0) t
), held AS MATERIALIZED (
  SELECT uses < uses_limit AND (id <> $1 OR revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > now()) AND (grace_ends_at IS NULL OR grace_ends_at > now())) AS has_left
  FROM tokens WHERE id = ANY (ARRAY(SELECT id FROM counted)) ORDER BY id FOR NO KEY UPDATE
)
UPDATE tokens SET uses = uses + 1, last_used_at = CASE WHEN id = $1 THEN greatest(last_used_at, now()) ELSE last_used_at END
WHERE id = ANY (ARRAY(SELECT id FROM counted)) AND (SELECT bool_and(has_left) FROM held)
RETURNING id`,
};

/**
 * Moves last_used_at of tokens $1 forward to $2, never back; touches no other column. Waits for nobody: a token that
 * somebody else is changing is left, and returned. Uses the primary key.
 */
export const NOTE_USES: Prepared = {
  name: 'verdict_note_uses',
  timeoutMs: 15_000,
  text: `
WITH free AS MATERIALIZED (
  SELECT t.id, to_timestamp(n.ms / 1000)::timestamptz(3) AS at
  FROM unnest($1::uuid[], $2::float8[]) AS n (id, ms) JOIN tokens t ON t.id = n.id FOR NO KEY UPDATE OF t SKIP LOCKED
), moved AS (
  UPDATE tokens t SET last_used_at = free.at FROM free
  WHERE t.id = free.id AND (t.last_used_at IS NULL OR t.last_used_at < free.at)
)
SELECT id FROM tokens WHERE id = ANY ($1) AND id NOT IN (SELECT id FROM free)`,
};
