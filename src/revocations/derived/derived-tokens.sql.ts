import type { Prepared } from '../../database/prepared.js';
import { isCutOff } from '../../verification/cut-off.sql.js';
import { IDENTITY_ROLES, type Role } from '../../directory/members/role.js';
import type { RoleMapping } from '../../directory/groups/mapped-roles.repository.js';
import { OWNER_LABEL } from '../../token-rows/token-rows.sql.js';

/** How a token comes from another one, as named in the log. */
export type DerivedCause = 'grace' | 'predecessor' | 'parent' | 'account_unlinked';

/** An account that a member signs in with, as it was linked with a token. */
interface LinkedAccount {
  id: string;
  businessId: string;
  memberId: string;
  issuer: string;
  subject: string;
  linkedByToken: string;
}

/** A member whom a token has added, or let back in. */
interface AddedMember {
  id: string;
  businessId: string;
  email: string;
  addedByToken: string;
}

/** A member to whom a token has given a higher role, and nobody else another one since. */
export interface RaisedMember {
  id: string;
  businessId: string;
  email: string;
  /** What they had by hand before. */
  role: Role;
  pinned: boolean;
  raisedByToken: string;
}

/** The role mapping of a business without what tokens have put into it. */
interface LeftMapping extends RoleMapping {
  businessId: string;
}

/** A token, and what comes from it. */
export interface DerivedRow {
  /** Whether the token itself is. */
  revoked: boolean;
  /** Whether it was cut off, marked or not. */
  is_cut_off: boolean;
  /** The businesses of all of them, revoked or not, with commas between them; null: none but the platform. */
  businesses: string | null;
  /** Those that are not revoked, in the order of their ids: see derivedTokensIn; null: there are none. */
  due: string | null;
  /** What members were given with them to sign in with; null: nothing. */
  accounts: LinkedAccount[] | null;
  /** Whom they added, and nobody else has vouched for; null: nobody. */
  members: AddedMember[] | null;
  /** Whom they raised; null: nobody. */
  raised: RaisedMember[] | null;
  /** Where they mapped roles; null: nowhere. */
  mappings: LeftMapping[] | null;
}

const RANKS = `'{${IDENTITY_ROLES.join(',')}}'::text[]`;
/** The role that somebody has by hand: where nothing is mapped, the event names that in force alone. */
const byHand = (when: 'before' | 'after'): string =>
  `coalesce(details->>'manual_role_${when}', details->>'role_${when}')`;
const SETS_ROLE = `target_kind = 'member' AND action = 'member.changed' AND outcome = 'success'
      AND (${byHand('before')}, details->>'role_pinned_before') IS DISTINCT FROM (${byHand('after')}, details->>'role_pinned_after')`;

/**
 * Token $2 of business $1 and kind $5, and what comes from it: its predecessors that are still in their grace; with $3 its successors
 * by rotation; with $4 the tokens that were issued with it and their successors,
 * the sessions that were opened with accounts that it linked, and so on; also the members whom they added and who have neither an
 * account nor a token from elsewhere, whom they gave a higher role by hand, as the log has it, and what they put into role mappings. A successor into which a
 * token rotated itself counts only as a successor. Without $6 only what belongs to the owner of the token itself; without $7 only what
 * is in its log. One text of all that is to be revoked, because ten thousand rows would hold the event loop. No row: there is no such
 * token.
 *
 * Uses tokens_pkey, tokens_replaced_by_idx, tokens_issued_by_token_idx, member_accounts_linked_by_idx, session_sign_ins_subject_idx, members_added_by_idx, audit_events_actor_token_idx and audit_events_target_idx; OFFSET 0 as in revoke.sql.ts.
 */
export const FIND_DERIVED: Prepared = {
  name: 'tokens_derived',
  text: `
WITH RECURSIVE reached AS (
  SELECT id, replaced_by, NULL::text AS cause, NULL::uuid AS origin, $3::boolean AS with_successors
  FROM tokens WHERE id = $2::uuid AND business_id IS NOT DISTINCT FROM $1::uuid AND kind = $5::text
  UNION
  SELECT n.id, n.replaced_by, n.cause, r.id, r.with_successors OR n.cause = 'parent'
  FROM reached r CROSS JOIN LATERAL (
    (SELECT id, replaced_by, 'grace' AS cause FROM tokens
     WHERE replaced_by = r.id AND revoked_at IS NULL AND grace_ends_at > now() OFFSET 0)
    UNION ALL
    (SELECT id, replaced_by, 'predecessor' FROM tokens WHERE id = r.replaced_by AND r.with_successors OFFSET 0)
    UNION ALL
    (SELECT id, replaced_by, 'parent' FROM tokens
     WHERE issued_by_token = r.id AND $4::boolean AND id IS DISTINCT FROM r.replaced_by OFFSET 0)
    UNION ALL
    (SELECT t.id, t.replaced_by, 'account_unlinked' FROM member_accounts a
     JOIN session_sign_ins s ON s.issuer = a.issuer AND s.subject = a.subject AND s.business_id = a.business_id
     JOIN tokens t ON t.id = s.session_id AND t.member_id = a.member_id WHERE a.linked_by_token = r.id AND $4::boolean OFFSET 0)
  ) n
), itself AS MATERIALIZED (
  SELECT t.owner_kind, coalesce(t.member_id, t.identity_id) AS owner_id, t.revoked_at IS NOT NULL AS revoked, ${isCutOff('t')} AS is_cut_off
  FROM tokens t WHERE t.id = $2::uuid AND t.business_id IS NOT DISTINCT FROM $1::uuid AND t.kind = $5::text
), found AS MATERIALIZED (
  SELECT DISTINCT ON (t.id) t.id, t.business_id, r.cause, r.origin, t.revoked_at IS NOT NULL AS revoked
  FROM itself i CROSS JOIN reached r CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = r.id OFFSET 0) t
  WHERE ($6::boolean OR (t.owner_kind = i.owner_kind AND coalesce(t.member_id, t.identity_id) IS NOT DISTINCT FROM i.owner_id))
    AND ($7::boolean OR t.business_id IS NOT DISTINCT FROM $1::uuid)
  ORDER BY t.id, array_position('{predecessor,parent,account_unlinked,grace}', r.cause) NULLS FIRST
), linked AS MATERIALIZED (
  SELECT DISTINCT a.id, a.business_id, a.member_id, a.issuer, a.subject, a.linked_by_token
  FROM itself i CROSS JOIN reached r JOIN member_accounts a ON a.linked_by_token = r.id
  WHERE $4::boolean AND ($6::boolean OR a.member_id = i.owner_id) AND ($7::boolean OR a.business_id = $1::uuid)
), added AS MATERIALIZED (
  SELECT DISTINCT m.id, m.business_id, m.email, m.added_by_token
  FROM reached r CROSS JOIN LATERAL (SELECT * FROM members WHERE added_by_token = r.id OFFSET 0) m
  WHERE $4::boolean AND $6::boolean AND ($7::boolean OR m.business_id = $1::uuid) AND m.removed_at IS NULL
    AND NOT EXISTS (SELECT FROM member_accounts a WHERE a.business_id = m.business_id AND a.member_id = m.id
      AND (a.linked_by_token IS NULL OR a.linked_by_token NOT IN (SELECT id FROM reached)))
    AND NOT EXISTS (SELECT FROM tokens t WHERE t.business_id = m.business_id AND t.member_id = m.id AND t.id NOT IN (SELECT id FROM reached))
), raised AS MATERIALIZED (
  SELECT DISTINCT ON (m.id) m.id, m.business_id, m.email, e.actor_token_id, ${byHand('before')} AS role,
    coalesce((e.details->>'role_pinned_before')::boolean, false) AS pinned
  FROM reached r CROSS JOIN LATERAL (SELECT * FROM audit_events WHERE actor_token_id = r.id AND ${SETS_ROLE} OFFSET 0) e
  JOIN members m ON m.id = e.target_id::uuid AND m.business_id = e.business_id AND m.removed_at IS NULL
  WHERE $4::boolean AND $6::boolean AND ($7::boolean OR e.business_id = $1::uuid)
    AND array_position(${RANKS}, m.role::text) < array_position(${RANKS}, ${byHand('before')})
    AND NOT EXISTS (SELECT FROM audit_events o WHERE o.target_id = e.target_id AND o.business_id = e.business_id AND o.sequence > e.sequence
      AND ${SETS_ROLE} AND (o.actor_token_id IS NULL OR o.actor_token_id NOT IN (SELECT id FROM reached)))
  ORDER BY m.id, e.sequence
), mapped AS MATERIALIZED (
  SELECT m.business_id, coalesce((SELECT jsonb_agg(g) FROM jsonb_array_elements(m.groups) g
      WHERE (g->>'set_by')::uuid IS NULL OR (g->>'set_by')::uuid NOT IN (SELECT id FROM reached)), '[]') AS groups,
    CASE WHEN m.default_role_set_by IN (SELECT id FROM reached) THEN 'no-access' ELSE m.default_role END AS default_role
  FROM role_mappings m WHERE $4::boolean AND $6::boolean AND ($7::boolean OR m.business_id = $1::uuid)
    AND ((m.default_role <> 'no-access' AND m.default_role_set_by IN (SELECT id FROM reached))
      OR EXISTS (SELECT FROM jsonb_array_elements(m.groups) g WHERE (g->>'set_by')::uuid IN (SELECT id FROM reached)))
)
SELECT i.revoked, i.is_cut_off,
  (SELECT string_agg(business_id::text, ',') FROM (SELECT business_id FROM found UNION SELECT business_id FROM linked
    UNION SELECT business_id FROM added UNION SELECT business_id FROM raised UNION SELECT business_id FROM mapped) b) AS businesses,
  (SELECT string_agg(concat(id, ',', business_id, ',', cause, ',', origin), E'\n' ORDER BY id) FROM found WHERE NOT revoked) AS due,
  (SELECT json_agg(json_build_object('id', id, 'businessId', business_id, 'memberId', member_id,
    'issuer', issuer, 'subject', subject, 'linkedByToken', linked_by_token)) FROM linked) AS accounts,
  (SELECT json_agg(json_build_object('id', id, 'businessId', business_id, 'email', email, 'addedByToken', added_by_token)) FROM added) AS members,
  (SELECT json_agg(json_build_object('id', id, 'businessId', business_id, 'email', email, 'role', role, 'pinned', pinned,
    'raisedByToken', actor_token_id)) FROM raised) AS raised,
  (SELECT json_agg(json_build_object('businessId', business_id, 'groups', groups, 'defaultRole', default_role)) FROM mapped) AS mappings
FROM itself i`,
};

/** Revokes those of the tokens $1 that are not revoked yet, in the name of $2 and for reason $3. */
export const REVOKE_THESE: Prepared = {
  name: 'revoke_these',
  text: `
WITH due AS MATERIALIZED (
  SELECT id FROM tokens WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
)
UPDATE tokens r SET revoked_at = now(), revoked_by = $2, revocation_reason = $3, updated_at = now()
WHERE id = ANY (ARRAY(SELECT id FROM due)) AND revoked_at IS NULL
RETURNING r.id, r.jti, r.name, r.kind, r.revoked_at, r.revoked_by, r.revocation_reason, r.revoked_with, r.replaced_by,
  ${OWNER_LABEL} AS owner`,
};

/** The active successors by rotation of token $2 of business $1, in order. */
export const FIND_LIVE_SUCCESSORS: Prepared = {
  name: 'tokens_live_successors',
  text: `
WITH RECURSIVE successor AS (
  SELECT replaced_by AS id, 1 AS number FROM tokens WHERE id = $2::uuid AND business_id IS NOT DISTINCT FROM $1::uuid AND replaced_by IS NOT NULL
  UNION ALL
  SELECT t.replaced_by, s.number + 1 FROM successor s CROSS JOIN LATERAL (
    SELECT replaced_by FROM tokens WHERE id = s.id AND replaced_by IS NOT NULL OFFSET 0) t
)
SELECT s.id FROM successor s CROSS JOIN LATERAL (
  SELECT 1 FROM tokens WHERE id = s.id AND revoked_at IS NULL AND NOT ${isCutOff('tokens')}
    AND (expires_at IS NULL OR expires_at > now()) AND (grace_ends_at IS NULL OR grace_ends_at > now()) OFFSET 0) good
ORDER BY s.number`,
};
