import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { clientKeyOf } from '../common/http/client-key.js';
import { rateLimited } from '../common/errors/domain-error.js';
import { policyConfig } from '../config/policy.config.js';
import {
  amountOf,
  LIMITS,
  type LimitUse,
  type Policy,
  type RateLimit,
  type RateName,
  type Sharers,
} from './limits.js';

/** Keys counted at a time; beyond that the longest silent are forgotten, so that a flood cannot fill memory. */
const KEYS_MAX = 50_000;

/** What a business may do so often, and one of its tokens half as often. */
type SharedRate = 'calls' | 'denials' | 'misses';

interface Window {
  used: number;
  endsAtMs: number;
}

/** Counts by windows of time, as the limits of the kind `rate` have them. An IPv6 network of 64 bits is one address. */
@Injectable()
export class Rates {
  private readonly windows = new Map<RateName, LRUCache<string, Window>>();

  constructor(@Inject(policyConfig.KEY) private readonly policy: Policy) {}

  /** Counts one more, or `units` of them: with 0 it only looks. */
  use(name: RateName, key: string, units = 1): LimitUse {
    const limit: RateLimit = LIMITS[name];
    const { by, windowSeconds } = limit;
    const most = amountOf(limit.most, this.policy);
    const windows = this.windows.get(name) ?? new LRUCache<string, Window>({ max: KEYS_MAX });
    this.windows.set(name, windows);
    const shared = by === 'address' ? clientKeyOf(key) : key;
    const nowMs = performance.now();
    let window = windows.get(shared);
    if (window === undefined || nowMs >= window.endsAtMs) {
      window = { used: 0, endsAtMs: nowMs + windowSeconds * 1000 };
      if (units > 0) windows.set(shared, window);
    }
    window.used += units;
    return {
      name,
      limit: most,
      windowSeconds,
      remaining: Math.max(0, most - window.used),
      // Rounded up, a sum of milliseconds can be a trifle over the window.
      secondsLeft: Math.min(windowSeconds, Math.ceil((window.endsAtMs - nowMs) / 1000)),
      isExceeded: window.used > most,
    };
  }

  /** As `use`. @returns seconds until the window ends when that is over the limit; 0: it is not */
  spend(name: RateName, key: string, units = 1): number {
    const { isExceeded, secondsLeft } = this.use(name, key, units);
    return isExceeded ? (secondsLeft as number) : 0;
  }

  /** As `spend` would answer to one unit more; counts nothing. */
  secondsUntilNext(name: RateName, key: string): number {
    const { remaining, secondsLeft } = this.use(name, key, 0);
    return remaining === 0 ? (secondsLeft as number) : 0;
  }

  /** Counts one more. @throws DomainError `request.rate_limited` when that is over the limit */
  demand(name: RateName, key: string): void {
    const seconds = this.spend(name, key);
    if (seconds > 0) throw rateLimited(seconds);
  }

  /** Counts for a token and its business: what the token may not use, and so does not get, is not counted against the others. */
  useShared(kind: SharedRate, { business, token }: Sharers): LimitUse[] {
    if (token === null) return [this.use(`business-${kind}`, business)];
    const ofToken = this.use(`token-${kind}`, token);
    return [this.use(`business-${kind}`, business, ofToken.isExceeded ? 0 : 1), ofToken];
  }

  /** Counts against the token alone; against the platform, where it has no limit of its own. */
  useOfToken(kind: SharedRate, { business, token }: Sharers): LimitUse[] {
    return [token === null ? this.use(`business-${kind}`, business) : this.use(`token-${kind}`, token)];
  }

  /** Counts what was got. */
  addShared(kind: SharedRate, { business, token }: Sharers, units: number): void {
    this.use(`business-${kind}`, business, units);
    if (token !== null) this.use(`token-${kind}`, token, units);
  }
}
