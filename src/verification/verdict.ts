import type { TokenFacts } from './token-facts.js';

/** Why a secret is not good. `exhausted`: no uses are left. */
export const INACTIVE_REASONS = [
  'revoked',
  'expired',
  'suspended',
  'exhausted',
  'unknown',
  'malformed',
  'insufficient_scope',
  'ip_not_allowed',
] as const;
export type InactiveReason = (typeof INACTIVE_REASONS)[number];

/** The answer to "is this secret good, for whom, for what?": a value, never an exception. */
export type Verdict = { active: true; token: TokenFacts } | { active: false; reason: InactiveReason };

export function inactive(reason: InactiveReason): Verdict {
  return INACTIVE[reason];
}

/** Made once. */
const INACTIVE = Object.fromEntries(
  INACTIVE_REASONS.map((reason) => [reason, { active: false, reason }]),
) as Record<InactiveReason, Verdict>;
