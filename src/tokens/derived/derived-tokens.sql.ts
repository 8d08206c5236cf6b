import type { Prepared } from '../../database/prepared.js';
import { isCutOff } from '../../verification/cut-off.sql.js';
import { OWNER_LABEL } from '../revoke-tokens.sql.js';

/** How a token comes from another one, as named in the log. */
export type DerivedCause = 'grace' | 'predecessor' | 'parent';

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
}

/**
 * Token $2 of business $1 and kind $5, and what comes from it: its predecessors that are still in their grace; with $3 its successors
 * by rotation; with $4 the tokens that were issued with it and their successors, and so on. A successor into which a
 * token rotated itself counts only as a successor. Without $6 only what belongs to the owner of the token itself; without $7 only what
 * is in its log. One text of all that is to be revoked, because ten thousand rows would hold the event loop. No row: there is no such
 * token.
 *
 * Uses tokens_pkey, tokens_replaced_by_idx and tokens_issued_by_token_idx; OFFSET 0 as in revoke.sql.ts.
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
  ) n
), itself AS MATERIALIZED (
  SELECT t.owner_kind, coalesce(t.member_id, t.identity_id) AS owner_id, t.revoked_at IS NOT NULL AS revoked, ${isCutOff('t')} AS is_cut_off
  FROM tokens t WHERE t.id = $2::uuid AND t.business_id IS NOT DISTINCT FROM $1::uuid AND t.kind = $5::text
), found AS MATERIALIZED (
  SELECT DISTINCT ON (t.id) t.id, t.business_id, r.cause, r.origin, t.revoked_at IS NOT NULL AS revoked
  FROM itself i CROSS JOIN reached r CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = r.id OFFSET 0) t
  WHERE ($6::boolean OR (t.owner_kind = i.owner_kind AND coalesce(t.member_id, t.identity_id) IS NOT DISTINCT FROM i.owner_id))
    AND ($7::boolean OR t.business_id IS NOT DISTINCT FROM $1::uuid)
  ORDER BY t.id, array_position('{predecessor,parent,grace}', r.cause) NULLS FIRST
)
SELECT i.revoked, i.is_cut_off, (SELECT string_agg(DISTINCT business_id::text, ',') FROM found) AS businesses,
  (SELECT string_agg(concat(id, ',', business_id, ',', cause, ',', origin), E'\n' ORDER BY id) FROM found WHERE NOT revoked) AS due
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
