import type { Prepared } from '../../database/prepared.js';
import { EVERY_BUSINESS } from '../../database/row-access.js';
import type { RevocationTerms } from './revocation-terms.js';

/** A revocation that waits for somebody, or whose tokens are being marked. */
export interface RequestRow {
  id: string;
  terms: RevocationTerms;
  askedBy: string;
  askedByToken: string;
  tokensMatched: number;
  fingerprint: Buffer | null;
  /** `expired` as well as soon as the time is over, before that is written. */
  state: 'awaiting_approval' | 'expired' | 'declined' | 'approved' | 'marking' | 'done';
  revokedAt: Date | null;
}

const COLUMNS = `id, request AS terms, asked_by AS "askedBy", asked_by_token AS "askedByToken",
  tokens_matched AS "tokensMatched", fingerprint, revoked_at AS "revokedAt",
  CASE WHEN state = 'awaiting_approval' AND approval_expires_at <= clock_timestamp() THEN 'expired' ELSE state END AS state`;

/** A request $1 in business $2; with $11 seconds to approve it in, or, with none, one that is being made. */
export const INSERT_REQUEST: Prepared = {
  name: 'revocation_request_insert',
  text: `
INSERT INTO revocation_requests (id, business_id, kind, request, revocation_reason, asked_by, asked_by_token, asked_by_owner,
  tokens_matched, fingerprint, state, approval_expires_at, revoked_at, break_glass)
SELECT $1::uuid, $2::uuid, $3::text, $4::jsonb, $5::text, $6::text, $7::uuid, $8::uuid, $9::int, $10::bytea,
  CASE WHEN $11::float8 IS NULL THEN 'marking' ELSE 'awaiting_approval' END, now() + make_interval(secs => $11::float8),
  CASE WHEN $11::float8 IS NULL THEN now() END, $12::boolean
RETURNING approval_expires_at AS "expiresAt"`,
};

/** Request $1 of business $2, held until the transaction ends. Uses revocation_requests_pkey. */
export const HOLD_REQUEST: Prepared = {
  name: 'revocation_request_hold',
  text: `SELECT ${COLUMNS} FROM revocation_requests WHERE id = $1 AND business_id = $2 FOR UPDATE`,
};

const LEAKED = `coalesce(revoked_at IS NOT NULL AND revocation_reason ~* '^leaked', false)`;

/**
 * The role that whoever owns token $1 has now, of those in sight, and none if it or what it came from has leaked; no row: it
 * belongs to nobody in a business. Uses tokens_pkey and the primary keys of owners.
 */
export const FIND_ASKERS_ROLE: Prepared = {
  name: 'revocation_asker',
  text: `WITH RECURSIVE line AS (
      SELECT issued_by_token, ${LEAKED} AS leaked FROM tokens WHERE id = $1
      UNION
      SELECT t.* FROM line l CROSS JOIN LATERAL (SELECT issued_by_token, ${LEAKED} FROM tokens WHERE id = l.issued_by_token OFFSET 0) t
    )
    SELECT CASE WHEN m.removed_at IS NULL AND coalesce(i.status = 'active', true) AND NOT (SELECT bool_or(leaked) FROM line)
      THEN coalesce(m.role, i.role) ELSE 'no-access' END AS role
    FROM tokens t LEFT JOIN members m ON m.id = t.member_id LEFT JOIN identities i ON i.id = t.identity_id
    WHERE t.id = $1 AND (m.id IS NOT NULL OR i.id IS NOT NULL)`,
};

export const FIND_REQUEST: Prepared = {
  name: 'revocation_request_find',
  text: `SELECT ${COLUMNS} FROM revocation_requests WHERE id = $1 AND business_id = $2`,
};

/** $3 approves request $1 of business $2: a cut-off is made elsewhere, a selection is marked from here on. */
export const APPROVE_REQUEST: Prepared = {
  name: 'revocation_request_approve',
  text: `
UPDATE revocation_requests SET approved_at = now(), approved_by = $3, tokens_matched = $4,
  state = CASE kind WHEN 'cut_off' THEN 'approved' ELSE 'marking' END, revoked_at = now() WHERE id = $1 AND business_id = $2`,
};

/** $3 declines request $1 of business $2 for reason $4, while it may still be approved; no row: it may not any more. */
export const DECLINE_REQUEST: Prepared = {
  name: 'revocation_request_decline',
  text: `
UPDATE revocation_requests SET state = 'declined', declined_at = now(), declined_by = $3, decline_reason = $4, finished_at = now()
  WHERE id = $1 AND business_id = $2 AND state = 'awaiting_approval' AND approval_expires_at > clock_timestamp() RETURNING id`,
};

/** How many tokens selection $1 means. */
export const COUNT_MATCHED: Prepared = {
  name: 'revocation_request_matched',
  text: 'UPDATE revocation_requests SET tokens_matched = $2 WHERE id = $1 AND tokens_matched <> $2',
};

/** A request that is to be marked, or that nobody approved in time. */
export interface OpenRow {
  id: string;
  businessId: string;
  state: RequestRow['state'];
  askedAt: Date;
}

/** Some of those, oldest first, after request $2 of moment $1. Uses revocation_requests_open_idx. */
export const FIND_OPEN: Prepared = {
  name: 'revocation_requests_open',
  rowAccess: EVERY_BUSINESS,
  text: `SELECT id, business_id AS "businessId", state, asked_at AS "askedAt" FROM revocation_requests
    WHERE (state = 'marking' OR (state = 'awaiting_approval' AND approval_expires_at <= now()))
      AND (asked_at, id) > ($1::timestamptz, $2::uuid) ORDER BY asked_at, id LIMIT 16`,
};

/** Ends a request $1 that nobody approved in time. */
export const EXPIRE_REQUEST: Prepared = {
  name: 'revocation_request_expire',
  text: `UPDATE revocation_requests SET state = 'expired', finished_at = now()
    WHERE id = $1 AND state = 'awaiting_approval' AND approval_expires_at <= clock_timestamp() RETURNING asked_by AS "askedBy"`,
};

/** Adds to set $1 what the tokens in it have replaced, and that is still in its grace: a grace never survives a revocation. */
export const ADD_GRACES: Prepared = {
  name: 'revocation_set_graces',
  text: `
WITH RECURSIVE chain AS (
  SELECT token_id AS id FROM revocation_sets WHERE revocation_id = $1::uuid
  UNION
  SELECT t.id FROM chain c CROSS JOIN LATERAL (
    SELECT id FROM tokens WHERE replaced_by = c.id AND business_id = $2::uuid AND revoked_at IS NULL AND grace_ends_at > now() OFFSET 0) t
)
INSERT INTO revocation_sets (revocation_id, business_id, token_created_at, token_id)
SELECT $1::uuid, $2::uuid, t.created_at, t.id FROM chain c CROSS JOIN LATERAL (
  SELECT id, created_at FROM tokens WHERE id = c.id AND business_id = $2::uuid OFFSET 0) t ON CONFLICT DO NOTHING`,
};

/** The next $2 tokens of set $1 that are to be marked, held: of those alone that nobody else holds. Uses revocation_sets_due_idx. */
export const LOCK_DUE: Prepared = {
  name: 'revocation_set_lock_due',
  text: `
SELECT id FROM tokens WHERE id = ANY (ARRAY(SELECT token_id FROM revocation_sets WHERE revocation_id = $1 AND NOT marked ORDER BY token_id LIMIT $2))
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
};

export const IS_DUE: Prepared = {
  name: 'revocation_set_is_due',
  text: 'SELECT FROM revocation_sets WHERE revocation_id = $1 AND NOT marked LIMIT 1',
};

/** Notes that tokens $2 of set $1 are marked, of which $3 by this. */
export const NOTE_MARKED: Prepared = {
  name: 'revocation_set_note_marked',
  text: `UPDATE revocation_sets SET marked = true, revoked = token_id = ANY ($3::uuid[])
    WHERE revocation_id = $1 AND token_id = ANY ($2::uuid[]) AND NOT marked`,
};

/** Ends the marking of set $1. */
export const FINISH_REQUEST: Prepared = {
  name: 'revocation_request_finish',
  text: `UPDATE revocation_requests r SET state = 'done', finished_at = now(),
    tokens_revoked = (SELECT count(*) FROM revocation_sets s WHERE s.revocation_id = r.id AND s.revoked) WHERE id = $1
    RETURNING tokens_revoked AS "tokensRevoked"`,
};

const OF_LINE = `id, business_id, issued_by_token, member_id, identity_id, issued_to, ${LEAKED} AS leaked`;

/**
 * Where the tokens $2 come from, each on the side $1 of its own: themselves, and what each was issued or rotated with, back to the
 * first. Uses tokens_pkey.
 */
export const LINEAGES: Prepared = {
  name: 'revocation_lineages',
  text: `
WITH RECURSIVE line AS (
  SELECT s.side, true AS itself, t.* FROM unnest($1::text[], $2::uuid[]) AS s (side, id)
    CROSS JOIN LATERAL (SELECT ${OF_LINE} FROM tokens WHERE id = s.id OFFSET 0) t
  UNION
  SELECT l.side, false, t.* FROM line l CROSS JOIN LATERAL (
    SELECT ${OF_LINE} FROM tokens WHERE id = l.issued_by_token OFFSET 0) t
)
SELECT l.side, l.itself, l.id AS "tokenId", l.member_id AS "memberId", l.identity_id AS "identityId",
  l.business_id IS NULL AS "ofPlatform", l.leaked,
  lower(coalesce(m.email, l.issued_to)) AS person FROM line l LEFT JOIN members m ON m.id = l.member_id`,
};

export interface LineageRow {
  side: 'asked' | 'approves';
  itself: boolean;
  tokenId: string;
  memberId: string | null;
  identityId: string | null;
  /** Whether it belongs to no business. */
  ofPlatform: boolean;
  /** Whether it was revoked because somebody else has its secret. */
  leaked: boolean;
  /** E-mail of a member, or whom a token of the platform was issued to. */
  person: string | null;
}

/** What makes a member what they are in their business. */
const MAKES = `e.business_id = $1 AND e.target_kind = 'member' AND e.outcome = 'success' AND e.occurred_at > r.since
      AND e.actor_kind IN ('user', 'identity')
      AND (e.action IN ('member.added', 'member.activated', 'member.account_linked') OR (e.action = 'member.changed'
        AND e.details->>'role_after' IN ('owner', 'admin') AND e.details->>'role_before' <> e.details->>'role_after'))`;

/**
 * What made the two who ask and approve request $2 of business $1, and whoever made them, what they are here, in up to 20 events, if
 * one of the two so made the other, or a third person both, through others as well, since as long before it as it may wait; no row:
 * not so. $3 and $4 are the members, identities and tokens in the lines of the two. A member is made by whoever added them, let them back in, or gave them an account or the role of an administrator;
 * a token comes from what it was issued or rotated with, and its owner. The platform makes everybody, and counts for nobody. Uses
 * audit_events_target_idx and tokens_pkey.
 */
export const HAVE_MADE_EACH_OTHER: Prepared = {
  name: 'revocation_made_each_other',
  text: `
WITH RECURSIVE r AS MATERIALIZED (
  SELECT asked_at - (approval_expires_at - asked_at) AS since FROM revocation_requests WHERE id = $2 AND business_id = $1
), line AS (
  SELECT true AS asked, id FROM unnest($3::uuid[]) id UNION SELECT false, id FROM unnest($4::uuid[]) id
  UNION
  SELECT l.asked, n.id FROM line l CROSS JOIN LATERAL (
    SELECT unnest(ARRAY[e.actor_id, e.actor_token_id]) AS id FROM r, audit_events e WHERE e.target_id = l.id::text AND ${MAKES}
    UNION ALL
    SELECT unnest(ARRAY[p.id, t.member_id, t.identity_id]) FROM tokens t
    LEFT JOIN tokens p ON p.id = t.issued_by_token AND p.business_id = $1 WHERE t.id = l.id AND t.business_id = $1
  ) n WHERE n.id IS NOT NULL
)
SELECT (SELECT coalesce(json_agg(to_json(made)), '[]') FROM (
    SELECT e.action, m.email AS member, coalesce(e.actor_email, e.actor_token_id::text) AS by, 
      to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
    FROM r, (SELECT DISTINCT id FROM line) l JOIN members m ON m.id = l.id AND m.business_id = $1
    CROSS JOIN LATERAL (SELECT * FROM audit_events e WHERE e.target_id = l.id::text AND ${MAKES} OFFSET 0) e
    ORDER BY e.sequence DESC LIMIT 20) made) AS made
FROM line a JOIN line b ON b.id = a.id WHERE a.asked AND NOT b.asked LIMIT 1`,
};
