import { heldLogs } from '../audit/trail/held-logs.js';
import type { Session } from '../database/prepared.js';
import type { BoundToken, TokenMacs } from '../secrets/token-macs.js';
import type { BoundRow, InsertedRow } from './token-rows.sql.js';
import type { Token } from './token.entity.js';

/**
 * When a token expires: at a given time, or a number of seconds after its creation (and not after `atMost`), or never
 * (null). To the millisecond.
 */
export type Expiry = Date | { inSeconds: number; atMost?: Date | null } | null;

export type NewToken = Omit<
  Token,
  | 'expiresAt'
  | 'business'
  | 'member'
  | 'identity'
  | 'createdAt'
  | 'updatedAt'
  | 'graceEndsAt'
  | 'replacedBy'
  | 'lastRenewedAt'
  | 'uses'
  | 'lastUsedAt'
  | 'lastUsedHour'
  | 'revokedAt'
  | 'revokedBy'
  | 'revocationReason'
  | 'revokedWith'
  | 'mac'
  | 'kind'
  | 'idleSeconds'
> & {
  expiresAt: Expiry;
  /** A session ends when it was not used for so long; left out: an API token. */
  idleSeconds?: number;
};

/** A token in the form for INSERT_TOKENS, with the times that its MAC covers. */
interface TokenLine extends Record<string, unknown> {
  id: string;
  /** Hexadecimal. */
  mac: string;
  boundTo: Pick<InsertedRow, 'createdAt' | 'expiresAt'>;
}

/** The fields of the row that the MAC covers. */
export function boundOf(row: Omit<BoundRow, 'number'>): BoundToken & { mac: Buffer | null } {
  return {
    id: row.id,
    jti: row.jti,
    digest: row.digest,
    pepper_id: row.pepperId,
    business_id: row.businessId,
    owner_kind: row.ownerKind,
    owner_id: row.memberId ?? row.identityId,
    issued_to: row.issuedTo,
    issued_by_token: row.issuedByToken,
    scopes: row.scopes,
    trusted_ips: row.trustedIps,
    uses_limit: row.usesLimit,
    ttl_seconds: row.ttlSeconds,
    max_ttl_seconds: row.maxTtlSeconds,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    expires_at_max: row.expiresAtMax,
    kind: row.kind,
    idle_seconds: row.idleSeconds,
    external_id: row.externalId,
    metadata: row.metadata,
    mac: row.mac,
  };
}

/** The time of everything that the transaction of `session` makes. @throws Error unless it has begun as a change */
export function changeMoment(session: Session): Date {
  const held = heldLogs(session);
  if (held === undefined) throw new Error('a token is made in a change');
  return held.moment;
}

export function tokenLine(token: NewToken, moment: Date, macs: TokenMacs): TokenLine {
  const { digest, expiresAt: expiry } = token;
  const isAt = expiry === null || expiry instanceof Date;
  const expiresAt = isAt ? expiry : inSeconds(expiry, moment);
  const columns = {
    id: token.id,
    jti: token.jti,
    business_id: token.businessId,
    owner_kind: token.ownerKind,
    pepper_id: token.pepperId,
    scopes: token.scopes,
    trusted_ips: token.trustedIps,
    expires_at_max: token.expiresAtMax,
    issued_by_token: token.issuedByToken,
    issued_to: token.issuedTo,
    ttl_seconds: token.ttlSeconds,
    max_ttl_seconds: token.maxTtlSeconds,
    uses_limit: token.usesLimit,
    kind: token.idleSeconds === undefined ? ('api' as const) : ('session' as const),
    idle_seconds: token.idleSeconds ?? null,
    external_id: token.externalId,
    metadata: token.metadata,
  };
  const owner_id = token.memberId ?? token.identityId;
  const mac = macs.macOf({ ...columns, digest, owner_id, created_at: moment, expires_at: expiresAt });
  return {
    ...columns,
    member_id: token.memberId,
    identity_id: token.identityId,
    name: token.name,
    description: token.description,
    dialect: token.dialect,
    token_prefix: token.tokenPrefix,
    digest: digest.toString('hex'),
    expires_at: isAt ? expiry : null,
    in_seconds: isAt ? null : Math.trunc(expiry.inSeconds),
    at_most: isAt ? null : (expiry.atMost ?? null),
    mac: mac.toString('hex'),
    boundTo: { createdAt: moment, expiresAt },
  };
}

/** The same computation as in INSERT_TOKENS. */
function inSeconds({ inSeconds, atMost }: Exclude<Expiry, Date | null>, moment: Date): Date {
  const end = new Date(moment.getTime() + Math.trunc(inSeconds) * 1000);
  return atMost === null || atMost === undefined || end < atMost ? end : atMost;
}

/**
 * @throws Error unless the database made the token at the times that its MAC covers: the transaction must be rolled back
 */
export function demandAsBound({ boundTo }: TokenLine, added: Omit<InsertedRow, 'id'> | undefined): void {
  const { createdAt, expiresAt } = boundTo;
  if (
    added?.createdAt.getTime() !== createdAt.getTime() ||
    added.expiresAt?.getTime() !== expiresAt?.getTime()
  )
    throw new Error('a token was made at other times than it is bound to');
}
