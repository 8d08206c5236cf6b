import { Quota, type QuotaUse } from '../quota.js';
import { clientKeyOf } from './client-key.js';

const WINDOW_SECONDS = 60;

/** What each address has spent in its present minute (see Quota). An IPv6 network of 64 bits is one address. */
export class RateWindows {
  private readonly quota: Quota;

  /** @param limit units that an address may spend in a minute */
  constructor(limit: number) {
    this.quota = new Quota('address', limit, WINDOW_SECONDS);
  }

  /** Counts units. @returns seconds until the window ends when that was over the limit; 0: it was not */
  spend(address: string, units: number): number {
    return secondsOf(this.quota.use(clientKeyOf(address), units));
  }

  /** Whether it has spent more than the limit: as `spend`, and counts nothing. */
  secondsToWait(address: string): number {
    return secondsOf(this.quota.use(clientKeyOf(address), 0));
  }

  /** Whether nothing is left: as `spend` would answer to one unit more, and counts nothing. */
  secondsUntilNext(address: string): number {
    const use = this.quota.use(clientKeyOf(address), 0);
    return secondsOf({ ...use, isExceeded: use.remaining === 0 });
  }
}

function secondsOf({ isExceeded, secondsLeft }: QuotaUse): number {
  return isExceeded ? (secondsLeft as number) : 0;
}
