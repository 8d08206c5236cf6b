import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { loggableError } from '../../common/errors/driver-error.js';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { leads, mayIdle } from '../../database/leadership.js';
import { ArchiveCheck } from './archive-check.js';
import { Retention } from './retention.js';
import { RetentionRepository } from './retention.repository.js';

/** Short enough that a process which is often restarted still does it. */
const FIRST_ROUND_MS = 60_000;

/**
 * Drops what has expired, every hour. One process at a time does this; if two did, the database would not let them
 * drop anything twice.
 */
@Injectable()
export class RetentionRounds extends PeriodicService {
  /** Drops that failed since the start of this process. */
  failures = 0;
  private readonly logger = new Logger('Audit');
  protected override readonly firstAfterMs: number;

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly dataSource: DataSource,
    private readonly repository: RetentionRepository,
    private readonly retention: Retention,
    private readonly archives: ArchiveCheck,
  ) {
    super(config.retentionMs, 'Audit', 'Retention of the audit log waits for the database.');
    this.firstAfterMs = Math.min(config.retentionMs, FIRST_ROUND_MS);
  }

  /**
   * The lock belongs to a transaction, which is idle meanwhile: it ends with the transaction, also behind a pooler,
   * and holds no snapshot.
   */
  override round(stopped: AbortSignal): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await mayIdle(manager);
      if (!(await leads('audit_retention', manager))) return;
      await this.attempt(null, stopped, () => this.repository.ensurePartitions());
      await this.attempt(null, stopped, () => this.archives.run(stopped));
      await this.dropExpired(stopped);
      await this.attempt(null, stopped, () => this.purge(stopped));
    });
  }

  /** Span by span, until no log has more; one that cannot be dropped does not delay others. */
  private async dropExpired(stopped: AbortSignal): Promise<void> {
    const stuck = new Set<string>();
    while (!stopped.aborted) {
      const spans = (await this.repository.expired()).filter(({ logId }) => !stuck.has(logId));
      if (spans.length === 0) return;
      for (const span of spans) {
        if (stopped.aborted) return;
        if (!(await this.attempt(span.logId, stopped, () => this.retention.apply(span, stopped))))
          stuck.add(span.logId);
      }
    }
  }

  /** Whole months first: a partition is dropped at once, rows are deleted one by one. */
  private async purge(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted && (await this.repository.dropPartition())) continue;
    while (!stopped.aborted && (await this.repository.purge())) continue;
  }

  private async attempt(
    logId: string | null,
    stopped: AbortSignal,
    step: () => Promise<void>,
  ): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (stopped.aborted) return false;
      this.failures++;
      this.logger.error(
        { ...loggableError(error), business_id: logId },
        'Events of the audit log that have expired could not be dropped; it will be retried.',
      );
      return false;
    }
  }
}
