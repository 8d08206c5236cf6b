import type { Principal } from './principal.js';

/** Who shares a quota. */
interface QuotaKeys {
  business: string;
  /** null: there is no separate limit for its token. */
  token: string | null;
}

/**
 * All tokens of a business share one quota, half of which a single one may use. The platform has a quota of its own in
 * each business that it acts in, so that neither locks the other out. It usually does everything with one token, so a
 * token has no limit of its own there.
 */
export function quotaKeysOf({ businessId: own, token }: Principal, actedIn: string | null): QuotaKeys {
  return own === null
    ? { business: `platform in ${actedIn ?? 'all'}`, token: null }
    : { business: own, token: token.id };
}
