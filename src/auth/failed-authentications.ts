import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { rateLimited } from '../common/http/rate-limited.js';
import { RateWindows } from '../common/http/rate-windows.js';
import { policyConfig } from '../config/policy.config.js';

/**
 * Counts what each address presents that was never a secret here. A good secret is always let in, so that somebody
 * behind the same address who guesses cannot lock it out; nor does it forgive what the others have guessed.
 */
@Injectable()
export class FailedAuthentications {
  private readonly failures: RateWindows;

  constructor(@Inject(policyConfig.KEY) config: ConfigType<typeof policyConfig>) {
    this.failures = new RateWindows(config.failedAuthenticationsPerMinute);
  }

  /** @throws DomainError `request.rate_limited` in place of the refusal, once there are too many */
  note(address: string): void {
    const seconds = this.count(address);
    if (seconds > 0) throw rateLimited(seconds);
  }

  /** As `note`, for those who may not be told so. @returns seconds until it is forgotten; 0: not too many */
  count(address: string): number {
    return this.failures.spend(address, 1);
  }

  /** Whether there have been too many from this address. */
  areTooMany(address: string): boolean {
    return this.failures.secondsToWait(address) > 0;
  }
}
