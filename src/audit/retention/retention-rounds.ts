import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { loggableError } from '../../common/errors/driver-error.js';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { leads, mayIdle } from '../../database/leadership.js';
import { type EventSpan, RetentionRepository } from './retention.repository.js';
import { sessionOf } from '../../database/prepared.js';
import { DroppedEvents } from '../reading/dropped-events.repository.js';
import { businessIdOf } from '../sealing/checkpoint-notes.js';
import { leavesOf } from '../sealing/leaves.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { LogRowsRepository } from '../sealing/log-rows.repository.js';
import { SYSTEM_CONTEXT } from '../trail/audit-draft.js';
import { AuditTrail } from '../trail/audit-trail.js';
import { EventMacs } from '../trail/event-macs.js';
import { beginChange } from '../trail/begin-change.js';
import { RetentionArchive } from './retention-archive.js';
import { AuditEventsRepository } from '../reading/audit-events.repository.js';
import type { EventPosition } from '../reading/audit-filter.js';
import { GenuineEvents } from '../reading/genuine-events.js';

const EVENTS_A_PAGE = 100;

/**
 * Drops events that have expired: a last check, the archive, then the drop and its event in one transaction. Compares the files of
 * the archive with those events.
 */
@Injectable()
export class Retention {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: RetentionRepository,
    private readonly rows: LogRowsRepository,
    private readonly dropped: DroppedEvents,
    private readonly faults: IntegrityFaults,
    private readonly archive: RetentionArchive,
    private readonly trail: AuditTrail,
    private readonly macs: EventMacs,
    private readonly events: AuditEventsRepository,
    private readonly genuine: GenuineEvents,
  ) {}

  /**
   * Records the drop of the events; their rows are removed later. Rejects, and nothing is dropped, if they cannot be
   * archived or are not what was written: a log that was tampered with keeps its traces. A repeated call after a
   * crash does no harm.
   * @param signal aborts it as long as nothing is dropped
   */
  async apply(span: EventSpan, signal: AbortSignal): Promise<void> {
    await this.demandIntact(span, signal);
    const archive = await this.archive.write(span, signal);
    const { logId, first, last } = span;
    await this.dataSource.transaction(async (manager) => {
      // The log is locked first, as in a change of its policy.
      await beginChange(await sessionOf(manager), [logId], []);
      const months = await this.repository.drop(span, manager);
      await this.trail.record(
        {
          businessId: businessIdOf(logId),
          actor: SYSTEM_CONTEXT.actor,
          action: 'audit.retention_applied',
          target: { kind: 'audit', id: logId },
          request: SYSTEM_CONTEXT.request,
          details: {
            months,
            events_dropped: last - first + 1,
            through_sequence: last,
            archive: archive?.name ?? null,
            archive_sha256: archive?.sha256 ?? null,
          },
        },
        manager,
      );
    });
  }

  /**
   * They follow what was dropped before. Compares each row with its leaf and its MAC; the database compares the leaves with the
   * sealed ones.
   */
  private async demandIntact({ logId, first, last }: EventSpan, signal: AbortSignal): Promise<void> {
    if ((await this.dropped.through(logId)) !== first - 1)
      throw new Error('Events before those that have expired were not dropped by record, so all are kept.');
    for await (const { from, to, rows } of this.rows.events([{ logId, from: first, to: last }])) {
      signal.throwIfAborted();
      const proving = { macs: this.macs, believedBefore: Infinity };
      await leavesOf(rows, { from, to }, proving, (fault, sequence) => {
        this.faults.raise(fault, logId, sequence);
        throw new Error('Events that have expired are not what was written, so they are kept.');
      });
    }
  }

  /** Raises a fault for each file that is not what was written, or is missing. By audit_events_platform_action_idx. */
  async checkArchives(signal: AbortSignal): Promise<void> {
    for (let after: EventPosition | null = null; ;) {
      signal.throwIfAborted();
      const rows = await this.events.page(null, {
        filter: { actions: ['audit.retention_applied'] },
        order: 'ASC',
        count: EVENTS_A_PAGE,
        after,
      });
      for (const { business_id: logId, details } of await this.genuine.genuine(rows)) {
        const { archive: name, archive_sha256: sha256 } = details;
        if (typeof name !== 'string' || typeof sha256 !== 'string') continue;
        if (!(await this.archive.holds({ name, sha256 }, signal)))
          this.faults.raise('archive_changed', logId, name);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < EVENTS_A_PAGE) return;
      after = { occurredAt: last.occurred_at.toISOString(), id: last.id };
    }
  }
}

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
      await this.attempt(null, stopped, () => this.retention.checkArchives(stopped));
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
