import type { Expiry } from '../token-rows/token-line.js';
import type { TokenValues } from '../token-schema/token-schema.js';

type Limits = Pick<TokenValues, 'trustedIps' | 'ttlSeconds' | 'maxTtlSeconds' | 'usesLimit'>;

/** What limits the lifetime and the use of a token; `expiresAt` null: never. */
export interface TokenTerms extends Partial<Limits> {
  expiresAt: Expiry;
}
