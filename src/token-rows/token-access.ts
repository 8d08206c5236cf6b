import { NIL as NIL_UUID } from 'uuid';
import type { BusinessCaller } from '../auth/caller.js';
import { managesAllTokens, seesAllTokens, type Principal } from '../auth/principal.js';
import type { OwnerFilter } from './token-owner.js';

/** The tokens of the caller's own owner. For a token without an owner, only itself. */
export function ownTokens({ token }: Principal): OwnerFilter {
  const { kind, id } = token.owner;
  if (kind === 'user') return { memberId: id as string };
  if (kind === 'identity') return { identityId: id as string };
  return { tokenId: token.id };
}

/** The tokens a caller may read: administrators and auditors all of the business, others their own. */
export function readableTokens({ principal }: BusinessCaller): OwnerFilter {
  return seesAllTokens(principal) ? null : ownTokens(principal);
}

/**
 * The tokens a caller may revoke: administrators all of the business, others their own. To change a token, the authority
 * of its owner is required as well, see demandAuthorityOver.
 */
export function manageableTokens({ principal }: BusinessCaller): OwnerFilter {
  return managesAllTokens(principal) ? null : ownTokens(principal);
}

/**
 * The tokens of the account that the caller acts for, in dialects without administration of other accounts. The
 * platform's account in a business is the tokens without an owner.
 */
export function tokensOfAccount({ principal }: BusinessCaller): OwnerFilter {
  return principal.authority === 'platform' ? { platform: true } : ownTokens(principal);
}

/**
 * The intersection of `wanted` and `allowed`; if it is empty, a filter that matches nothing. A single token is one
 * without an owner.
 */
export function narrowedTo(wanted: OwnerFilter, allowed: OwnerFilter): OwnerFilter {
  if (allowed === null || JSON.stringify(wanted) === JSON.stringify(allowed)) return wanted;
  const isWider = wanted === null || ('tokenId' in allowed && 'platform' in wanted);
  return isWider ? allowed : OF_NOBODY;
}

/** No member has this id, so a filter by it finds nothing. */
export const OF_NOBODY: OwnerFilter = { memberId: NIL_UUID };
