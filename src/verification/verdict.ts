import type { TokenFacts } from './token-facts.js';

/** Why a secret is not good. `exhausted`: no uses are left. */
export type InactiveReason =
  | 'revoked'
  | 'expired'
  | 'suspended'
  | 'exhausted'
  | 'unknown'
  | 'malformed'
  | 'insufficient_scope'
  | 'ip_not_allowed';

/** The answer to "is this secret good, for whom, for what?": a value, never an exception. */
export type Verdict = { active: true; token: TokenFacts } | { active: false; reason: InactiveReason };

export function inactive(reason: InactiveReason): Verdict {
  return INACTIVE[reason];
}

const INACTIVE: Record<InactiveReason, Verdict> = {
  revoked: { active: false, reason: 'revoked' },
  expired: { active: false, reason: 'expired' },
  suspended: { active: false, reason: 'suspended' },
  exhausted: { active: false, reason: 'exhausted' },
  unknown: { active: false, reason: 'unknown' },
  malformed: { active: false, reason: 'malformed' },
  insufficient_scope: { active: false, reason: 'insufficient_scope' },
  ip_not_allowed: { active: false, reason: 'ip_not_allowed' },
};

export const INACTIVE_REASONS = Object.keys(INACTIVE) as InactiveReason[];
