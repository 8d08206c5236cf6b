import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { loggableError } from '../common/errors/driver-error.js';
import { PeriodicService } from '../common/periodic-task.js';
import { hygieneConfig } from '../config/leaks.config.js';
import { whileLeading } from '../database/leadership.js';
import { Notices } from './notices.js';
import { NoticesRepository, START } from './notices.repository.js';
import type { BusinessRow, Notice, Walk } from './notices.sql.js';

/** So that a process which is restarted often gets round to it. */
const FIRST_ROUND_MS = 60_000;

const WALKS: Record<Notice, readonly Walk[]> = {
  expiring: ['expiring'],
  unused: ['used_before', 'never_used'],
  rotation_due: ['old'],
};
const EVERY_NOTICE = Object.keys(WALKS) as Notice[];

/**
 * Looks through the tokens of every business for those that end soon, that nobody uses, and that are old, round after round. One process at a time does. That
 * saves work, and no more: what is told once is told once whoever looks (Notices).
 */
@Injectable()
export class HygieneRounds extends PeriodicService {
  private readonly logger = new Logger('Hygiene');
  protected override readonly firstAfterMs: number;

  constructor(
    @Inject(hygieneConfig.KEY) private readonly config: ConfigType<typeof hygieneConfig>,
    private readonly dataSource: DataSource,
    private readonly repository: NoticesRepository,
    private readonly notices: Notices,
  ) {
    super(
      config.roundMs,
      'Hygiene',
      'Tokens that are due for a notice, or for a revocation by policy, could not be searched for; it will be retried.',
    );
    this.firstAfterMs = Math.min(config.roundMs, FIRST_ROUND_MS);
  }

  override round(stopped: AbortSignal): Promise<void> {
    return whileLeading(this.dataSource, 'hygiene', stopped, (over) => this.walk(over));
  }

  private async walk(over: AbortSignal): Promise<void> {
    for (let after: string = NIL_UUID; ;) {
      const businesses = await this.repository.nextBusinesses(after);
      for (const business of businesses) {
        if (over.aborted) return;
        await this.attempt(business, over);
      }
      const last = businesses.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** A business whose log somebody holds does not hold up others. */
  private async attempt(business: BusinessRow, over: AbortSignal): Promise<void> {
    const due = EVERY_NOTICE.filter((notice) => business[notice]);
    if (due.length === 0) return;
    try {
      for (const notice of due) await this.tell(business.id, notice, over);
      if (!over.aborted) await this.repository.forget(business.id);
    } catch (error) {
      this.logger.warn(
        { ...loggableError(error), business_id: business.id },
        'Notices about tokens of a business, or revocations by its policy, could not be made; it will be retried.',
      );
    }
  }

  private async tell(businessId: string, notice: Notice, over: AbortSignal): Promise<void> {
    for (const walk of WALKS[notice])
      for (let from = START; !over.aborted;) {
        const { due, next } = await this.repository.walk(businessId, walk, from);
        const told = await this.notices.tell(businessId, notice, due);
        // Who has just been warned of has some days left.
        if (notice === 'unused')
          await this.notices.end(
            businessId,
            due.filter((id) => !told.has(id)),
          );
        if (next === null) break;
        from = next;
      }
  }
}
