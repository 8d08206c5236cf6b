import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { PeriodicService } from '../../common/periodic-task.js';
import { usageConfig } from '../../config/usage.config.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { UsageRepository } from './usage.repository.js';

const EVERY_MS = 600_000;
/** So that what is switched off is gone soon. */
const FIRST_MS = 30_000;
/** Some ten milliseconds each. */
const ROWS_A_STEP = 2000;
const DAY_MS = 86_400_000;

/**
 * Deletes usage that is older than it is to be kept, and all of what is not to be recorded. One process does it at a time,
 * in transactions of some rows each.
 */
@Injectable()
export class UsagePurge extends PeriodicService {
  protected override readonly firstAfterMs = FIRST_MS;

  constructor(
    private readonly usage: UsageRepository,
    private readonly clock: DatabaseClock,
    @Inject(usageConfig.KEY) private readonly config: ConfigType<typeof usageConfig>,
  ) {
    super(EVERY_MS, 'Usage', 'Usage could not be deleted; it will be retried.');
  }

  override async round(stopped: AbortSignal): Promise<void> {
    const { recording, days } = this.config;
    const before = recording === 'off' ? 'infinity' : new Date(this.clock.nowMs() - days * DAY_MS);
    while (!stopped.aborted && (await this.usage.deleteHours(before, ROWS_A_STEP)) > 0);
    await this.usage.deleteHoursOfBusinesses(before);
    if (recording === 'full') return;
    while (!stopped.aborted && (await this.usage.deleteOrigins(ROWS_A_STEP)) > 0);
    if (recording === 'counts') return;
    while (!stopped.aborted && (await this.usage.deleteAsked(ROWS_A_STEP)) > 0);
  }
}
