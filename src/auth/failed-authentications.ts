import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { rateLimited } from '../common/http/rate-limited.js';
import { RateWindows } from '../common/http/rate-windows.js';
import { policyConfig } from '../config/policy.config.js';

/**
 * Counts the strings that each address presents and that were never secrets here. An active secret is always admitted,
 * so that somebody who guesses from the same address cannot lock it out. It does not reset the count either.
 */
@Injectable()
export class FailedAuthentications {
  private readonly failures: RateWindows;

  constructor(@Inject(policyConfig.KEY) config: ConfigType<typeof policyConfig>) {
    this.failures = new RateWindows(config.failedAuthenticationsPerMinute);
  }

  /** @throws DomainError `request.rate_limited` instead of the refusal, once there are too many */
  note(address: string): void {
    const seconds = this.count(address);
    if (seconds > 0) throw rateLimited(seconds);
  }

  /** As `note`, for callers who must not be told so. @returns seconds until it is forgotten; 0: not too many */
  count(address: string): number {
    return this.failures.spend(address, 1);
  }

  /** Whether there have been too many from this address. */
  areTooMany(address: string): boolean {
    return this.failures.secondsToWait(address) > 0;
  }
}
