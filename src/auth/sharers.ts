import type { Sharers } from '../admission/limits.js';
import type { Principal } from './principal.js';

/**
 * All tokens of a business share one limit, half of which a single one may use. The platform has a limit of its own in
 * each business that it acts in, so that neither locks the other out. It usually does everything with one token, so a
 * token has no limit of its own there.
 */
export function sharersOf({ businessId: own, token }: Principal, actedIn: string | null): Sharers {
  return own === null
    ? { business: `platform in ${actedIn ?? 'all'}`, token: null }
    : { business: own, token: token.id };
}
