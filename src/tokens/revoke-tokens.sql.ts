import type { Prepared } from '../database/prepared.js';

export interface RevokedRow {
  id: string;
  jti: string;
  name: string | null;
  revoked_at: Date;
  revoked_by: string | null;
  revocation_reason: string | null;
  owner: string;
}

/** Who owns the row `r`, in one word. */
const OWNER_LABEL = `coalesce((SELECT email FROM members WHERE id = r.member_id), (SELECT name FROM identities WHERE id = r.identity_id), 'platform')`;

const MARK = `
  UPDATE tokens SET revoked_at = now(), revoked_by = $3, revocation_reason = $4, updated_at = now()
  WHERE revoked_at IS NULL AND business_id IS NOT DISTINCT FROM $1::uuid AND `;
const RETURNING =
  ' RETURNING id, jti, name, revoked_at, revoked_by, revocation_reason, member_id, identity_id';
const ANSWER = `SELECT r.id, r.jti, r.name, r.revoked_at, r.revoked_by, r.revocation_reason, ${OWNER_LABEL} AS owner FROM marked r`;

/**
 * Revokes token $2 of business $1, and with it every token that it replaced and that is still in its grace: a
 * grace never survives a revocation. Only what is not revoked yet is touched, so the first revocation wins (R3).
 * Uses tokens_pkey and tokens_replaced_by_idx: ARRAY and OFFSET 0 leave the planner, which may have met the table
 * while it was nearly empty, no way to read all of it.
 */
export const REVOKE_TOKEN: Prepared = {
  name: 'revoke_token',
  text: `
WITH RECURSIVE chain AS (
  SELECT id FROM tokens WHERE id = $2 AND business_id IS NOT DISTINCT FROM $1::uuid
  UNION
  SELECT t.id FROM chain c CROSS JOIN LATERAL (
    SELECT id FROM tokens WHERE replaced_by = c.id AND revoked_at IS NULL AND grace_ends_at > now() OFFSET 0) t
), marked AS (${MARK} id = ANY (ARRAY(SELECT id FROM chain))${RETURNING})
${ANSWER} ORDER BY r.id = $2 DESC, r.id`,
};

/** Revokes every token of member $2 of business $1. */
export const REVOKE_TOKENS_OF_MEMBER: Prepared = {
  name: 'revoke_tokens_of_member',
  text: `WITH marked AS (${MARK} member_id = $2${RETURNING}) ${ANSWER} ORDER BY r.id`,
};

/** Revokes every token of identity $2 of business $1. */
export const REVOKE_TOKENS_OF_IDENTITY: Prepared = {
  name: 'revoke_tokens_of_identity',
  text: `WITH marked AS (${MARK} identity_id = $2${RETURNING}) ${ANSWER} ORDER BY r.id`,
};

/** Revokes the tokens of identity $2 of business $1 that were issued in dialect $5. */
export const REVOKE_TOKENS_OF_IDENTITY_IN_DIALECT: Prepared = {
  name: 'revoke_tokens_of_identity_in_dialect',
  text: `WITH marked AS (${MARK} identity_id = $2 AND dialect = $5${RETURNING}) ${ANSWER} ORDER BY r.id`,
};

/** The facts of an earlier revocation, and a transaction of now for the barrier to wait for. */
export const FIND_REVOKED: Prepared = {
  name: 'revoke_find_earlier',
  text: `
SELECT r.id, r.jti, r.name, r.revoked_at, r.revoked_by, r.revocation_reason, ${OWNER_LABEL} AS owner,
  (SELECT sequence FROM audit_events WHERE business_id = coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
     AND target_id = r.id::text AND action = 'token.revoked' ORDER BY sequence LIMIT 1) AS audit_sequence,
  pg_current_xact_id()::text AS transaction_id
FROM tokens r WHERE r.id = $2 AND r.business_id IS NOT DISTINCT FROM $1::uuid AND r.revoked_at IS NOT NULL`,
};
