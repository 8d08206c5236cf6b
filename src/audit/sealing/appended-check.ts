import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { AppendedEvents } from '../trail/appended-events.js';
import { IntegrityFaults } from './integrity-faults.js';
import { LogRowsRepository } from './log-rows.repository.js';

const EVENTS_A_STEP = 2000;

/**
 * Checks in every sealing period that the last events that this process wrote still exist: what is not sealed yet is
 * in no tree, and could be removed together with the head. Every process checks its own.
 */
@Injectable()
export class AppendedCheck extends PeriodicService {
  protected override readonly endsWithRound = true;

  constructor(
    @Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>,
    private readonly appended: AppendedEvents,
    private readonly rows: LogRowsRepository,
    private readonly faults: IntegrityFaults,
  ) {
    super(config.sealMs, 'Audit', 'The newest events could not be checked; it will be retried.');
  }

  override async round(): Promise<void> {
    const events = this.appended.some(EVENTS_A_STEP);
    if (events.length === 0) return;
    const fates = await this.rows.fatesOf(events);
    for (const [index, fate] of fates.entries()) {
      const event = events[index];
      if (event === undefined || fate === 'pending') continue;
      if (fate === 'lost') this.faults.raise('event_lost', event.log, event.sequence);
      this.appended.forget(event);
    }
  }
}
