import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import type { Role } from '../directory/members/role.js';
import type { Prepared } from '../database/prepared.js';
import { EVERY_BUSINESS } from '../database/row-access.js';
import { BOUND_COLUMNS_AS_TEXT, type BoundText } from '../token-schema/token-columns.sql.js';
import {
  CUT_OFF_DIFFERS_OF_JOINED,
  CUT_OFFS_OF_JOINED,
  firstCutOff,
  isCutOff,
  OPENER_OF_SESSION,
} from './cut-off.sql.js';

export interface TokenFactsRow extends BoundText {
  /** The public id that was asked for; not that of the row: there is no such token. */
  asked_jti: string;
  name: string | null;
  grace_ends_at: Date | null;
  revoked: boolean;
  /** null: of a version that made none. */
  mac: Buffer | null;
  /** Its end according to the log; null: the log has none. */
  logged_revoked: boolean | null;
  logged_grace_ends_at: Date | null;
  /** The subject of a cut-off of this token that differs from the log; null: none. */
  cut_off_differs: string | null;
  business_suspended: boolean | null;
  /** When a session ends unless it is used; null: an API token. */
  idle_ends_at: Date | null;
  /** The addresses and the end of the token that a session was opened with; null: none. */
  opener_trusted_ips: string[] | null;
  opener_ends_at: Date | null;
  owner_name: string | null;
  owner_email: string | null;
  owner_role: Role | null;
  owner_present: boolean;
  now_ms: number;
  replicated: boolean;
}

/**
 * Everything that verdicts on the tokens with the public ids $1 need. The only look-up that is not limited to a
 * business: the secrets themselves say to which business they belong. A token that was cut off counts as revoked. So
 * does a session opened with a token that is revoked, or of which that is open. So does a token that differs from the log, or whose owner or business does, while that fault is open. For all others it
 * returns what the row has to be compared with (TokenProof). For a public id that no token has it reads the row of token $2
 * instead, so that the time does not tell whether there is one. Uses tokens_jti_key, tokens_pkey, integrity_faults_open_idx,
 * audit_token_ends_pkey and audit_cut_offs_pkey.
 */
export const FIND_TOKENS: Prepared = {
  name: 'verdict_find_tokens',
  text: `
SELECT asked.jti AS asked_jti, ${BOUND_COLUMNS_AS_TEXT}, t.name, t.grace_ends_at,
  t.revoked_at IS NOT NULL OR coalesce(t.created_at <= cut.not_before, false) OR EXISTS (SELECT FROM integrity_faults f WHERE f.business_id = coalesce(t.business_id, '${PLATFORM_LOG}')
    AND f.fault IN ('token_unrevoked', 'token_invented', 'token_differs', 'member_differs', 'identity_differs', 'business_differs', 'cut_off_differs')
    AND f.subject IN (t.id::text, coalesce(t.member_id, t.identity_id)::text, t.business_id::text) AND f.cleared_at IS NULL)
  OR EXISTS (SELECT FROM integrity_faults f WHERE f.business_id = '${PLATFORM_LOG}' AND f.fault = 'cut_off_differs'
    AND f.subject IN ('platform', 'pepper:' || t.pepper_id) AND f.cleared_at IS NULL)
  OR coalesce(opener.ended, t.kind = 'session' AND t.issued_by_token IS NOT NULL) AS revoked, ${CUT_OFF_DIFFERS_OF_JOINED} AS cut_off_differs, ended.revoked AS logged_revoked,
  ended.grace_ends_at AS logged_grace_ends_at, b.status <> 'active' AS business_suspended,
  coalesce(m.name, i.name) AS owner_name, m.email AS owner_email, coalesce(m.role, i.role) AS owner_role,
  coalesce(t.last_used_at, t.created_at) + make_interval(secs => t.idle_seconds) AS idle_ends_at,
  opener.trusted_ips AS opener_trusted_ips, opener.ends_at AS opener_ends_at,
  CASE t.owner_kind WHEN 'user' THEN m.removed_at IS NULL WHEN 'identity' THEN i.status = 'active' ELSE true END AS owner_present,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms, current_setting('synchronous_standby_names') <> '' AS replicated
FROM unnest($1::text[]) AS asked (jti)
CROSS JOIN LATERAL (SELECT coalesce((SELECT id FROM tokens WHERE jti = asked.jti), $2::uuid) AS id OFFSET 0) meant
JOIN tokens t ON t.id = meant.id
LEFT JOIN businesses b ON b.id = t.business_id
LEFT JOIN members m ON m.id = t.member_id
LEFT JOIN identities i ON i.id = t.identity_id
LEFT JOIN LATERAL (SELECT bool_or(e.action = 'token.revoked') AS revoked, min(e.grace_ends_at) AS grace_ends_at
  FROM audit_token_ends e WHERE e.token_id = t.id) ended ON true
${CUT_OFFS_OF_JOINED}
${OPENER_OF_SESSION}`,
};

/**
 * Claims one use of token $1; no row: none is left. A use of a token also counts for the token that it was issued or
 * rotated with, and so on, as far as uses are limited. So nobody can multiply uses by issuing tokens. The rows are
 * locked in one order before any is counted, so that each use counts once. Uses tokens_pkey.
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
  SELECT uses < uses_limit AND (id <> $1 OR revoked_at IS NULL AND NOT ${isCutOff('tokens')}
    AND (expires_at IS NULL OR expires_at > now()) AND (grace_ends_at IS NULL OR grace_ends_at > now())) AS has_left
  FROM tokens WHERE id = ANY (ARRAY(SELECT id FROM counted)) ORDER BY id FOR NO KEY UPDATE
)
UPDATE tokens SET uses = uses + 1, last_used_at = CASE WHEN id = $1 THEN greatest(last_used_at, now()) ELSE last_used_at END
WHERE id = ANY (ARRAY(SELECT id FROM counted)) AND (SELECT bool_and(has_left) FROM held)
RETURNING id`,
};

/**
 * Moves last_used_at of tokens $1 forward to $2, never back; touches no other column. Does not wait for locks: a token
 * that somebody else is changing is skipped, and returned. Uses the primary key.
 */
export const NOTE_USES: Prepared = {
  name: 'verdict_note_uses',
  timeoutMs: 15_000,
  rowAccess: EVERY_BUSINESS,
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

/** The public ids of the platform's own tokens that begin with $1, which is $2 characters long. */
export const FIND_OF_PLATFORM: Prepared = {
  name: 'verdict_of_platform',
  text: 'SELECT jti FROM tokens WHERE business_id IS NULL AND left(jti, $2) = $1',
};

/**
 * Which of the tokens $1 ended, according to their rows or the log, so long ago (many times the length of a round) that
 * the feed must have reported it. By tokens_jti_key, audit_token_ends_pkey and the primary keys of their owners.
 */
export const ENDED_LONG_AGO: Prepared = {
  name: 'verdict_ended_long_ago',
  text: `
SELECT t.jti, t.business_id FROM tokens t LEFT JOIN members m ON m.id = t.member_id
  LEFT JOIN identities i ON i.id = t.identity_id LEFT JOIN businesses b ON b.id = t.business_id
  ${firstCutOff()}
  CROSS JOIN (SELECT clock_timestamp() - interval '10 seconds' AS moment) AS long_ago
LEFT JOIN LATERAL (SELECT min(e.occurred_at) AS revoked_at FROM audit_token_ends e
    WHERE e.token_id = t.id AND e.action = 'token.revoked') logged ON true
WHERE t.jti = ANY ($1) AND (least(t.revoked_at, logged.revoked_at, cut.revoked_at) < moment OR m.removed_at < moment OR (i.status <> 'active' AND i.updated_at < moment)
  OR (b.status <> 'active' AND b.updated_at < moment))`,
};
