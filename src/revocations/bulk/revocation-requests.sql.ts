import type { Prepared } from '../../database/prepared.js';

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
