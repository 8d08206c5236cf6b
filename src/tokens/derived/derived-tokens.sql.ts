import type { Prepared } from '../../database/prepared.js';
import { isCutOff } from '../../verification/cut-off.sql.js';
import { OWNER_LABEL } from '../revoke-tokens.sql.js';
import type { OwnerKind } from '../token.entity.js';

/** How a token comes from another one, as named in the log. */
export type DerivedCause = 'grace' | 'predecessor' | 'parent';

export interface DerivedRow {
  id: string;
  /** null: one of the platform's own. */
  business_id: string | null;
  /** null: the given token itself. */
  cause: DerivedCause | null;
  /** The token that it comes from. */
  origin: string | null;
  owner_kind: OwnerKind;
  owner_id: string | null;
  revoked: boolean;
  /** Whether it was cut off, marked or not. */
  is_cut_off: boolean;
}

/**
 * Token $2 of business $1 and kind $5, and what comes from it: its predecessors that are still in their grace; with $3 its successors
 * by rotation; with $4 the tokens that were issued with it and their successors, and so on. A successor into which a
 * token rotated itself counts only as a successor.
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
)
SELECT DISTINCT ON (t.id) t.id, t.business_id, r.cause, r.origin, t.owner_kind, coalesce(t.member_id, t.identity_id) AS owner_id,
  t.revoked_at IS NOT NULL AS revoked, ${isCutOff('t')} AS is_cut_off
FROM reached r CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = r.id OFFSET 0) t
ORDER BY t.id, array_position('{predecessor,parent,grace}', r.cause) NULLS FIRST`,
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
