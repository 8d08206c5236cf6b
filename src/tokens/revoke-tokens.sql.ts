import type { Prepared } from '../database/prepared.js';

export interface RevokedRow {
  id: string;
  jti: string;
  name: string | null;
  revoked_at: Date;
  revoked_by: string | null;
  revocation_reason: string | null;
  /** Its successor by rotation. */
  replaced_by: string | null;
  owner: string;
}

/** Who owns the row `r`, in one word. */
export const OWNER_LABEL = `coalesce((SELECT email FROM members WHERE id = r.member_id), (SELECT name FROM identities WHERE id = r.identity_id), 'platform')`;

const MARK = `
  UPDATE tokens SET revoked_at = now(), revoked_by = $3, revocation_reason = $4, updated_at = now()
  WHERE revoked_at IS NULL AND business_id IS NOT DISTINCT FROM $1::uuid AND `;
const RETURNING =
  ' RETURNING id, jti, name, revoked_at, revoked_by, revocation_reason, replaced_by, member_id, identity_id';
const ANSWER = `SELECT r.id, r.jti, r.name, r.revoked_at, r.revoked_by, r.revocation_reason, r.replaced_by, ${OWNER_LABEL} AS owner FROM marked r`;

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
