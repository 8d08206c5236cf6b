import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { credentialOf, type Principal } from '../auth/principal.js';
import { DomainError, invalidInput, refusal } from '../common/errors/domain-error.js';
import { commonRanges } from '../verification/trusted-ips.js';
import { earliest } from '../token-rows/token-lifetime.js';
import type { Token } from '../token-rows/token.entity.js';
import type { TokensRepository } from './tokens.repository.js';
import type { Expiry } from '../token-rows/token-line.js';
import type { TokenValues } from '../token-schema/token-schema.js';

type Limits = Pick<TokenValues, 'trustedIps' | 'ttlSeconds' | 'maxTtlSeconds' | 'usesLimit'>;

/** What limits the lifetime and the use of a token; `expiresAt` null: never. */
export interface TokenTerms extends Partial<Limits> {
  expiresAt: Expiry;
}

/** The limits of a token, which also bind whatever is issued or rotated with it (docs/adr/0031). null: no limit. */
export interface CredentialLimits {
  /** Its present expiry. */
  endsAt: Date | null;
  /** The latest end that renewals can give it. */
  endsAtMax: Date | null;
  trustedIps: readonly string[] | null;
  usesLeft: number | null;
}

const UNLIMITED: CredentialLimits = { endsAt: null, endsAtMax: null, trustedIps: null, usesLeft: null };

/**
 * The limits of the credential that each of `callers` acts with in a business, as they are now; undefined: the token no
 * longer exists. Those of a session are the limits of the token that it was opened with, and none without one: what its holder
 * makes outlives the session. The platform issues for its businesses: the expiry of its own token does not limit theirs.
 */
export async function limitsOfCredentials(
  callers: readonly { principal: Principal }[],
  tokens: TokensRepository,
  manager: EntityManager,
): Promise<(CredentialLimits | undefined)[]> {
  const held = callers.flatMap(({ principal }, number) => {
    const { businessId } = principal;
    const id = credentialOf(principal);
    return businessId === null || id === null ? [] : [{ number, businessId, id }];
  });
  const limits = Array<CredentialLimits | undefined>(callers.length).fill(UNLIMITED);
  const found = held.length === 0 ? [] : await tokens.findAll(held, manager);
  held.forEach(({ number }, index) => {
    const credential = found[index] ?? null;
    limits[number] = credential === null ? undefined : limitsOf(credential);
  });
  return limits;
}

function limitsOf(token: Token): CredentialLimits {
  const { expiresAt, expiresAtMax, graceEndsAt, ttlSeconds, maxTtlSeconds, createdAt } = token;
  const endsAt = earliest(expiresAt, graceEndsAt);
  const longest =
    maxTtlSeconds !== null && maxTtlSeconds > 0 ? new Date(createdAt.getTime() + maxTtlSeconds * 1000) : null;
  return {
    endsAt,
    endsAtMax: ttlSeconds === null ? endsAt : earliest(expiresAtMax, longest, graceEndsAt),
    trustedIps: token.trustedIps,
    usesLeft: token.usesLimit === null ? null : token.usesLimit - token.uses,
  };
}

/** Terms of which none exceeds those of the credential. */
export type BoundTerms = Required<TokenTerms> & { expiresAtMax: Date | null };

/**
 * `terms` as far as `limits` allow them.
 * @throws DomainError `token.not_found` when the credential no longer exists; `permission.denied` when this leaves no
 *   use, or no address to use it from
 */
export function boundBy(limits: CredentialLimits | undefined, terms: TokenTerms): BoundTerms {
  if (limits === undefined) throw refusal('token.not_found');
  const trustedIps = addressesWithin(limits.trustedIps, terms.trustedIps ?? null);
  const usesLimit = lowest(terms.usesLimit ?? null, limits.usesLeft);
  if (usesLimit !== null && usesLimit < 1)
    throw new DomainError('permission.denied', 'The calling token has no use left to hand on.');
  const { expiresAt } = terms;
  return {
    ttlSeconds: terms.ttlSeconds ?? null,
    maxTtlSeconds: terms.maxTtlSeconds ?? null,
    expiresAt:
      expiresAt instanceof Date || expiresAt === null
        ? earliest(expiresAt, limits.endsAt)
        : { ...expiresAt, atMost: limits.endsAt },
    expiresAtMax: limits.endsAtMax,
    trustedIps,
    usesLimit,
  };
}

/**
 * Those of the addresses `asked` for that are among `allowed` (null: any).
 * @throws DomainError `permission.denied` when there are none
 */
function addressesWithin(
  allowed: readonly string[] | null,
  asked: readonly string[] | null,
): string[] | null {
  const common = commonRanges(asked, allowed);
  if (common?.length !== 0) return common;
  throw new DomainError(
    'permission.denied',
    'None of its addresses is one that the calling token, or the one it was issued with, may be used from.',
  );
}

/**
 * Binds `token` to those of the addresses `asked` for (null: any) that the limits of the caller's token and of the token
 * that it was issued with allow (docs/adr/0031). Tokens that were issued with it earlier are not touched. The caller holds
 * the log of the business, so neither of the two changes meanwhile.
 * @throws DomainError `permission.denied` when nothing is left; `input.invalid` for a token of Token Auth, whose identity
 *   sets its addresses; `token.not_found` for a row that this service did not write
 */
export async function bindToAddresses(
  caller: BusinessCaller,
  token: Token,
  asked: readonly string[] | null,
  tokens: TokensRepository,
  manager: EntityManager,
): Promise<void> {
  if (token.dialect === 'infisical')
    throw invalidInput(
      ['body', 'trusted_ips'],
      'The Token Auth of its identity sets the addresses of this token',
    );
  const { businessId } = caller;
  const [limits] = await limitsOfCredentials([caller], tokens, manager);
  if (limits === undefined) throw refusal('token.not_found');
  const ofParent = await tokens.addressesOfIssuer(businessId, token.id, manager);
  const granted = addressesWithin(limits.trustedIps, addressesWithin(ofParent, asked));
  if ((await tokens.bindToAddresses(businessId, new Map([[token.id, granted]]), manager)) === 0)
    throw refusal('token.not_found');
}

function lowest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
