import type { Presentation } from './presentation.js';
import type { TokenFacts } from './token-facts.js';
import { isTrustedAddress } from './trusted-ips.js';
import type { UsageOutcome } from './usage/usage-outcome.js';

type Fault = 'unknown' | Exclude<UsageOutcome, 'active' | 'insufficient_scope' | 'exhausted'>;

/**
 * Why a proven token is not good at this moment of database time; null if it is good, apart from its number of uses.
 */
export function verdictFaultOf(token: TokenFacts, presentation: Presentation, nowMs: number): Fault | null {
  if (!existsFor(token, presentation)) return 'unknown';
  if (token.revoked || !token.owner.present) return 'revoked';
  if (nowMs >= token.endsAtMs) return 'expired';
  if (token.business?.suspended === true) return 'suspended';
  const { from, addressIsJudgedElsewhere } = presentation;
  if (addressIsJudgedElsewhere === true) return null;
  if (token.trustedIps !== null && (from === null || !isTrustedAddress(from, token.trustedIps)))
    return 'ip_not_allowed';
  return null;
}

/** Whether the token exists for whoever asks (R6): a session in its cookie alone, an API token everywhere else. */
export function existsFor(
  { business, session }: TokenFacts,
  { within, amongBusinesses, inCookie = false }: Presentation,
): boolean {
  if ((session !== null) !== inCookie) return false;
  return within === undefined ? business !== null || amongBusinesses !== true : business?.id === within;
}
