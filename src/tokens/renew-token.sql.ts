import type { Prepared } from '../database/prepared.js';

/** Null-proof: least() passes over nulls, so that no TTL or no maximum sets no bound. */
const NEXT_EXPIRY = `least(
  CASE WHEN ttl_seconds > 0 THEN now() + make_interval(secs => ttl_seconds) END,
  CASE WHEN max_ttl_seconds > 0 THEN created_at + make_interval(secs => max_ttl_seconds) END,
  expires_at_max)`;

/**
 * Moves the expiry of a token that is good now further away, to its TTL from now, and never past its creation plus
 * its maximum, nor past the end of the token that it comes from. No row: it is not good any more, or its expiry can move no further. Of a renewal and a revocation at
 * once, the revocation wins (R3): the row lock makes the later of the two see the earlier.
 */
export const RENEW_TOKEN: Prepared = {
  name: 'renew_token',
  text: `
UPDATE tokens SET expires_at = ${NEXT_EXPIRY}, last_renewed_at = now(), updated_at = now()
WHERE id = $1 AND revoked_at IS NULL AND replaced_by IS NULL AND ttl_seconds IS NOT NULL
  AND (uses_limit IS NULL OR uses < uses_limit)
  AND (expires_at IS NULL OR (expires_at > now() AND ${NEXT_EXPIRY} > expires_at))
RETURNING id, (extract(epoch FROM expires_at - now()))::float8 AS seconds_left`,
};

export interface RenewedRow {
  id: string;
  /** null: it never expires. */
  seconds_left: number | null;
}

/** Why a renewal changed no row. */
export const WHY_NOT_RENEWED: Prepared = {
  name: 'renew_why_not',
  text: `
SELECT CASE
  WHEN revoked_at IS NOT NULL THEN 'revoked'
  WHEN expires_at <= now() OR grace_ends_at <= now() THEN 'expired'
  WHEN uses >= uses_limit THEN 'exhausted'
END AS reason FROM tokens WHERE id = $1`,
};
