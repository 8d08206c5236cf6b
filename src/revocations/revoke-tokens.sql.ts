import type { Prepared } from '../database/prepared.js';
import type { Columns } from '../token-schema/token-schema.js';

/** `revoked_with` is the earlier cut-off that had revoked it, and to which these facts belong; null: there was none. */
export interface RevokedRow extends Columns<
  'id' | 'jti' | 'name' | 'kind' | 'revokedBy' | 'revocationReason' | 'revokedWith' | 'replacedBy'
> {
  revoked_at: Date;
  owner: string;
}

/**
 * Locks the tokens that are revoked with an owner, before any of them is changed, in the order of ids in which all code
 * locks tokens. $1 is the business; null: outside of all. One text of all ids, because ten thousand rows would hold the
 * event loop; null: there are none.
 */
const lockOwned = (name: string, whose: string): Prepared => ({
  name,
  text: `
WITH due AS MATERIALIZED (
  SELECT id FROM tokens WHERE revoked_at IS NULL AND business_id IS NOT DISTINCT FROM $1::uuid AND ${whose}
  ORDER BY id FOR NO KEY UPDATE
)
SELECT string_agg(id::text, ',') AS ids FROM due`,
});

/** Every token of member $2. */
export const LOCK_TOKENS_OF_MEMBER = lockOwned('lock_tokens_of_member', 'member_id = $2');

/** Every token of identity $2. */
export const LOCK_TOKENS_OF_IDENTITY = lockOwned('lock_tokens_of_identity', 'identity_id = $2');

/** The tokens of identity $2 that were issued in dialect $3. */
export const LOCK_TOKENS_OF_IDENTITY_IN_DIALECT = lockOwned(
  'lock_tokens_of_identity_in_dialect',
  'identity_id = $2 AND dialect = $3',
);

/** Every token that belongs to the platform ($2). */
export const LOCK_TOKENS_OF_PLATFORM = lockOwned('lock_tokens_of_platform', 'owner_kind = $2');

/** Those of them that were issued in dialect $3. */
export const LOCK_TOKENS_OF_PLATFORM_IN_DIALECT = lockOwned(
  'lock_tokens_of_platform_in_dialect',
  'owner_kind = $2 AND dialect = $3',
);
