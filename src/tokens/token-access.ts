import type { BusinessCaller } from '../auth/caller.js';
import { managesAllTokens, seesAllTokens, type Principal } from '../auth/principal.js';
import type { OwnerFilter } from './token-owner.js';

function ownTokens({ token }: Principal): OwnerFilter {
  const { kind, id } = token.owner;
  if (kind === 'user') return { memberId: id as string };
  if (kind === 'identity') return { identityId: id as string };
  return { platform: true };
}

/** The tokens a caller may read: administrators and auditors all of the business, others their own. */
export function readableTokens({ principal }: BusinessCaller): OwnerFilter {
  return seesAllTokens(principal) ? null : ownTokens(principal);
}

/** The tokens a caller may change: administrators all of the business, others their own. */
export function manageableTokens({ principal }: BusinessCaller): OwnerFilter {
  return managesAllTokens(principal) ? null : ownTokens(principal);
}
