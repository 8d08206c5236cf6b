import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
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
import { RetentionRepository, type EventSpan } from './retention.repository.js';

/** Drops events that have expired: a last check, the archive, then the drop and its event in one transaction. */
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
}
