import { invalidInput } from '../common/errors/domain-error.js';
import type { TokenPolicy } from '../directory/businesses/business.entity.js';
import type { BoundTerms } from './credential-limits.js';
import { earliest, LIFETIME_DAYS_DEFAULT } from '../token-rows/token-lifetime.js';

/** The part of a policy that limits the lifetime of a new token. */
type LifetimePolicy = Pick<TokenPolicy, 'tokenLifetimeDaysMax' | 'tokenExpiryRequired'>;

/** What a business says of the tokens that are made in it. */
export interface IssuingPolicy extends LifetimePolicy {
  /** See `givenBy`. */
  developerScopes: readonly string[];
}

const DAY_SECONDS = 24 * 60 * 60;
/**
 * Callers compute an expiry with their own clock: if it is later than the maximum by no more than this, the maximum is
 * used.
 */
const CLOCKS_DIFFER_MS_MAX = 60_000;

/**
 * `terms` as far as the policy of the business allows them. An expiry that the caller did not ask for is shortened, and
 * the answer shows it.
 * @param moment when the token is issued, on the database's clock
 * @param namedAs the member of the request that asks for the expiry: then a longer lifetime is refused, not shortened;
 *   undefined: none
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

/** For a renewable token this shows what it will get: the renewal itself checks the policy at that time. */
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
  return invalidInput(['body', namedAs], msg);
}

function after(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}
