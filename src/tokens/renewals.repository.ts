import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { refusal } from '../common/errors/domain-error.js';
import { queryPreparedIn } from '../database/prepared.js';
import { TokenMacs, type BoundToken } from '../secrets/token-macs.js';
import { isCutOff } from '../verification/cut-off.sql.js';
import { BIND_TOKEN } from '../token-rows/token-rows.sql.js';
import { BOUND_COLUMNS } from '../token-schema/token-columns.sql.js';
import type { InactiveReason } from '../verification/verdict.js';

/**
 * The maximum lifetime that the policy of the business allows, in days (`lifetime_days`), and whether it requires an
 * expiry.
 */
const POLICY = 'b.token_lifetime_days_max AS lifetime_days, b.token_expiry_required AS expiry_required';

/** least() ignores nulls, so a missing TTL, maximum or policy sets no limit. */
const NEXT_EXPIRY = `least(
  CASE WHEN ttl_seconds > 0 THEN now() + make_interval(secs => ttl_seconds) END,
  CASE WHEN max_ttl_seconds > 0 THEN created_at + make_interval(secs => max_ttl_seconds) END,
  created_at + make_interval(hours => 24 * lifetime_days),
  expires_at_max)`;

interface RenewedRow extends BoundToken {
  /** When it was to expire before. */
  expired_at: Date | null;
  mac: Buffer | null;
  /** null: it never expires. */
  seconds_left: number | null;
}

/** Extends the expiry of tokens. */
@Injectable()
export class RenewalsRepository {
  constructor(private readonly macs: TokenMacs) {}

  /**
   * Extends the expiry of an active token to its TTL from now. The new expiry is never past its creation plus its maximum,
   * the expiry of the token that it comes from, or the maximum lifetime that its business allows now. If a renewal and a revocation
   * happen at once, the revocation wins (R3): the row lock makes the later of the two see the earlier.
   * @returns how many seconds are left (null: it never expires); undefined: it is no longer active, its expiry cannot be extended,
   *   or the policy has ended it
   * @throws DomainError `authentication.invalid` when its row is not what this service wrote
   */
  async renew(tokenId: string, manager: EntityManager): Promise<number | null | undefined> {
    const text = `
UPDATE tokens t SET expires_at = ${NEXT_EXPIRY}, last_renewed_at = now(), updated_at = now()
FROM (SELECT k.id AS was, k.expires_at AS expired_at, ${POLICY}
  FROM tokens k LEFT JOIN businesses b ON b.id = k.business_id WHERE k.id = $1 FOR NO KEY UPDATE OF k) before
WHERE id = was AND kind = 'api' AND revoked_at IS NULL AND NOT ${isCutOff('t')} AND replaced_by IS NULL AND ttl_seconds IS NOT NULL
  AND (uses_limit IS NULL OR uses < uses_limit)
  AND (expires_at IS NULL OR (expires_at > now() AND ${NEXT_EXPIRY} > expires_at))
  AND coalesce(${NEXT_EXPIRY} > now(), expiry_required IS NOT TRUE)
RETURNING ${BOUND_COLUMNS}, expired_at, (extract(epoch FROM expires_at - now()))::float8 AS seconds_left`;
    const [row] = await queryPreparedIn<RenewedRow>(manager, { name: 'renew_token', text }, [tokenId]);
    if (row === undefined) return undefined;
    // A row that somebody manipulated since the look-up gets no new MAC.
    const { mac, expired_at } = row;
    if (mac !== null && this.macs.judge({ ...row, expires_at: expired_at }, mac) !== 'genuine')
      throw refusal('authentication.invalid', { details: { failure: 'revoked' } });
    if (mac !== null) await queryPreparedIn(manager, BIND_TOKEN, [tokenId, this.macs.macOf(row)]);
    return row.seconds_left;
  }

  /** Why a renewal changed nothing; null: the token is active, and its expiry already is as late as it may be. */
  async whyNotRenewed(tokenId: string, manager: EntityManager): Promise<InactiveReason | null> {
    const text = `
SELECT CASE
  WHEN revoked_at IS NOT NULL OR ${isCutOff('tokens')} THEN 'revoked'
  WHEN expires_at <= now() OR grace_ends_at <= now() THEN 'expired'
  WHEN uses >= uses_limit THEN 'exhausted'
END AS reason FROM tokens WHERE id = $1`;
    const statement = { name: 'renew_why_not', text };
    const [row] = await queryPreparedIn<{ reason: InactiveReason | null }>(manager, statement, [tokenId]);
    return row?.reason ?? null;
  }
}
