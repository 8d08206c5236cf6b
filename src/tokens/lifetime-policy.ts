import { refusal } from '../common/errors/domain-error.js';
import type { TokenPolicy } from '../directory/businesses/business.entity.js';
import type { BoundTerms } from './credential-limits.js';
import { earliest, LIFETIME_DAYS_DEFAULT } from './token-lifetime.js';

/** What of a policy bounds the life of a token when it is made. */
export type LifetimePolicy = Pick<TokenPolicy, 'tokenLifetimeDaysMax' | 'tokenExpiryRequired'>;

const DAY_SECONDS = 24 * 60 * 60;
/** Whoever names a moment reads a clock of their own: that far past the longest life, the longest is meant. */
const CLOCKS_DIFFER_MS_MAX = 60_000;

/**
 * `terms` as far as the policy of the business allows them. What nobody named is shortened, and the answer tells the end.
 * @param moment when the token is issued, on the database's clock
 * @param namedAs the word of the request that names the end: then a longer life is refused, and not shortened; undefined:
 * there is none
 * @throws DomainError `input.invalid`
 */
export function underPolicy<Terms extends BoundTerms>(
  terms: Terms,
  { tokenLifetimeDaysMax, tokenExpiryRequired }: LifetimePolicy,
  moment: Date,
  namedAs?: string,
): Terms {
  const lifetimeSecondsMax = tokenLifetimeDaysMax === null ? null : tokenLifetimeDaysMax * DAY_SECONDS;
  if (lifetimeSecondsMax === null && !tokenExpiryRequired) return terms;
  const latest = lifetimeSecondsMax === null ? null : after(moment, lifetimeSecondsMax);
  return {
    ...terms,
    ...renewableWithin(terms, lifetimeSecondsMax),
    expiresAt: endWithin(terms.expiresAt, latest, moment, (isLate) => {
      if (namedAs !== undefined && isLate) throw refused(namedAs, tokenLifetimeDaysMax);
    }),
  };
}

function endWithin(
  expiry: BoundTerms['expiresAt'],
  latest: Date | null,
  moment: Date,
  judge: (isLate: boolean) => void,
): BoundTerms['expiresAt'] {
  if (expiry === null) {
    judge(true);
    return latest ?? after(moment, LIFETIME_DAYS_DEFAULT * DAY_SECONDS);
  }
  if (!(expiry instanceof Date)) return { ...expiry, atMost: earliest(expiry.atMost ?? null, latest) };
  judge(latest !== null && expiry.getTime() > latest.getTime() + CLOCKS_DIFFER_MS_MAX);
  return earliest(expiry, latest);
}

/** What a renewable token says of itself is what it will get: the renewal itself asks the policy of then. */
function renewableWithin(
  { ttlSeconds, maxTtlSeconds }: BoundTerms,
  lifetimeSecondsMax: number | null,
): Partial<BoundTerms> {
  if (ttlSeconds === null || lifetimeSecondsMax === null) return {};
  const isBounded = maxTtlSeconds !== null && maxTtlSeconds > 0;
  return {
    ttlSeconds: Math.min(ttlSeconds, lifetimeSecondsMax),
    maxTtlSeconds: isBounded ? Math.min(maxTtlSeconds, lifetimeSecondsMax) : lifetimeSecondsMax,
  };
}

function refused(namedAs: string, daysMax: number | null): Error {
  const msg =
    daysMax === null
      ? 'The business allows no token without an expiry'
      : `The business allows tokens a life of at most ${daysMax} days`;
  return refusal('input.invalid', { issues: [{ loc: ['body', namedAs], msg, type: 'value_error' }] });
}

function after(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}
