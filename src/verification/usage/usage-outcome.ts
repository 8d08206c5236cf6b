import type { InactiveReason } from '../verdict.js';

/** What verdicts on a token came to, in the order in which they are counted: all of them but those that name no token. */
export const USAGE_OUTCOMES = [
  'active',
  'revoked',
  'expired',
  'suspended',
  'exhausted',
  'insufficient_scope',
  'ip_not_allowed',
] as const satisfies ('active' | InactiveReason)[];

export type UsageOutcome = (typeof USAGE_OUTCOMES)[number];

/** Verdicts by their outcome. */
export type UsageCounts = Record<UsageOutcome, number>;

export const HOUR_MS = 3_600_000;

/** The hour that a moment lies in, as its first millisecond. */
export function hourOf(ms: number): number {
  return ms - (((ms % HOUR_MS) + HOUR_MS) % HOUR_MS);
}
