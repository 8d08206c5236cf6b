import { DomainError } from '../../../common/errors/domain-error.js';
import type { TokenAuthSettings } from './identity-token-auth.repository.js';
import type { TokenTerms } from '../../../tokens/token-terms.js';
import { normalRange } from '../../../verification/trusted-ips.js';

const EVERY_IPV4 = '0.0.0.0/0';
const EVERY_IPV6 = '::/0';

export const SETTINGS_DEFAULT: TokenAuthSettings = {
  ttlSeconds: 2_592_000,
  maxTtlSeconds: 2_592_000,
  usesLimit: 0,
  trustedIps: [EVERY_IPV4, EVERY_IPV6],
};

/** @throws DomainError `request.invalid` for an address that is none, or a TTL over its maximum */
export function checkedSettings(settings: TokenAuthSettings): TokenAuthSettings {
  const { ttlSeconds, maxTtlSeconds } = settings;
  if (maxTtlSeconds > 0 && ttlSeconds > maxTtlSeconds)
    throw new DomainError('request.invalid', 'The access token TTL cannot be greater than its maximum TTL.');
  return { ...settings, trustedIps: settings.trustedIps.map(storedRange) };
}

/** The limits of a token that is issued under these settings. */
export function termsUnder(settings: TokenAuthSettings): TokenTerms {
  const { ttlSeconds, maxTtlSeconds, usesLimit, trustedIps } = settings;
  const lifetimeSeconds = ttlSeconds > 0 ? ttlSeconds : maxTtlSeconds;
  return {
    expiresAt: lifetimeSeconds > 0 ? { inSeconds: lifetimeSeconds } : null,
    ttlSeconds,
    maxTtlSeconds,
    usesLimit: usesLimit > 0 ? usesLimit : null,
    trustedIps: addressBound(trustedIps),
  };
}

/** The addresses that a token is bound to; null if these are all addresses, so that an unknown one is accepted too. */
export function addressBound(trustedIps: string[]): string[] | null {
  return trustedIps.includes(EVERY_IPV4) && trustedIps.includes(EVERY_IPV6) ? null : trustedIps;
}

function storedRange(text: string): string {
  const range = normalRange(text);
  if (range === null)
    throw new DomainError('request.invalid', 'A trusted IP is neither an address nor a CIDR.');
  return range;
}
