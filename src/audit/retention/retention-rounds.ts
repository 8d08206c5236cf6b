import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { loggableError } from '../../common/errors/driver-error.js';
import { auditConfig } from '../../config/audit.config.js';
import { Retention } from './retention.js';
import { RetentionRepository } from './retention.repository.js';

/** So that a process which is restarted often gets round to it. */
const FIRST_ROUND_MS = 60_000;
const LEADER = `SELECT pg_try_advisory_xact_lock(hashtext('rescind.audit_retention')) AS leads`;

/**
 * Drops what has expired, every hour. One process at a time does; if two did, the database would not let them drop
 * anything twice.
 */
@Injectable()
export class RetentionRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Drops that failed since the start of this process. */
  failures = 0;
  private readonly logger = new Logger('Audit');
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private readonly stop = new AbortController();

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly dataSource: DataSource,
    private readonly repository: RetentionRepository,
    private readonly retention: Retention,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(Math.min(this.config.retentionMs, FIRST_ROUND_MS));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    clearTimeout(this.timer);
    await this.round;
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.round = this.inTurn().finally(() => {
        if (!this.stop.signal.aborted) this.schedule(this.config.retentionMs);
      });
    }, delayMs).unref();
  }

  /** The lock is a transaction's, which idles meanwhile: it ends with it, also behind a pooler, and holds no snapshot. */
  private async inTurn(): Promise<void> {
    try {
      await this.dataSource.transaction(async (manager) => {
        await manager.query('SET LOCAL idle_in_transaction_session_timeout = 0');
        const [row] = await manager.query<{ leads: boolean }[]>(LEADER);
        if (row?.leads !== true) return;
        await this.attempt(null, () => this.repository.ensurePartitions());
        await this.dropExpired();
        await this.attempt(null, () => this.purge());
      });
    } catch (error) {
      this.logger.warn(loggableError(error), 'Retention of the audit log waits for the database.');
    }
  }

  /** Span by span, until no log has more; one that cannot be dropped does not hold up others. */
  private async dropExpired(): Promise<void> {
    const stuck = new Set<string>();
    while (!this.stop.signal.aborted) {
      const spans = (await this.repository.expired()).filter(({ logId }) => !stuck.has(logId));
      if (spans.length === 0) return;
      for (const span of spans) {
        if (this.stop.signal.aborted) return;
        if (!(await this.attempt(span.logId, () => this.retention.apply(span, this.stop.signal))))
          stuck.add(span.logId);
      }
    }
  }

  /** Whole months first: a partition goes at once, rows one by one. */
  private async purge(): Promise<void> {
    while (!this.stop.signal.aborted && (await this.repository.dropPartition())) continue;
    while (!this.stop.signal.aborted && (await this.repository.purge())) continue;
  }

  private async attempt(logId: string | null, step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (this.stop.signal.aborted) return false;
      this.failures++;
      this.logger.error(
        { ...loggableError(error), business_id: logId },
        'Events of the audit log that have expired could not be dropped; it is tried again.',
      );
      return false;
    }
  }
}
