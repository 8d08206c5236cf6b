import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { normalizeIp } from '@nestjs/throttler';
import { rateLimited } from '../common/http/rate-limited.js';
import { BoundedThrottlerStorage } from '../common/http/throttler-storage.js';
import { policyConfig } from '../config/policy.config.js';

const MINUTE_MS = 60_000;

/**
 * Counts what each address presents that was never a secret here. A good secret is always let in, and clears its
 * address: somebody behind the same address who guesses cannot lock it out.
 */
@Injectable()
export class FailedAuthentications {
  private readonly counts = new BoundedThrottlerStorage();

  constructor(@Inject(policyConfig.KEY) private readonly config: ConfigType<typeof policyConfig>) {}

  /** @throws DomainError `request.rate_limited` in place of the refusal, once there are too many */
  note(address: string): void {
    const record = this.counts.hit(
      normalizeIp(address),
      MINUTE_MS,
      this.config.failedAuthenticationsPerMinute,
    );
    if (record.isBlocked) throw rateLimited(record.timeToBlockExpire);
  }

  /** Whether any address has failures counted; while there are none, nobody needs to know a caller's address. */
  get any(): boolean {
    return this.counts.size > 0;
  }

  clear(address: string): void {
    this.counts.clear(normalizeIp(address));
  }
}
