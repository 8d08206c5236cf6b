import type { Expiry } from '../token-rows/token-line.js';

/** What limits the lifetime and the use of a token. */
export interface TokenTerms {
  /** null: never. */
  expiresAt: Expiry;
  trustedIps?: string[] | null;
  ttlSeconds?: number | null;
  maxTtlSeconds?: number | null;
  usesLimit?: number | null;
}
