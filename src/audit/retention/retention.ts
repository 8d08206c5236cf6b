import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { sessionOf } from '../../database/prepared.js';
import { businessIdOf } from '../sealing/checkpoint-notes.js';
import { leavesOf } from '../sealing/leaves.js';
import { SealingFaults } from '../sealing/sealing-faults.js';
import { TreesRepository } from '../sealing/trees.repository.js';
import { SYSTEM_AUTHOR } from '../trail/audit-draft.js';
import { AuditTrail } from '../trail/audit-trail.js';
import { beginChange } from '../trail/begin-change.js';
import { RetentionArchive } from './retention-archive.js';
import { RetentionRepository, type EventSpan } from './retention.repository.js';

const EVENTS_A_BATCH = 256;

/** Drops events that have expired: a last look, the archive, then the drop and its event in one transaction. */
@Injectable()
export class Retention {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: RetentionRepository,
    private readonly trees: TreesRepository,
    private readonly faults: SealingFaults,
    private readonly archive: RetentionArchive,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Drops the events by record; their rows go later. Rejects, and nothing is dropped, when they cannot be archived, or
   * are not what was written: a log that was tampered with keeps its traces. A repeated call after a crash is harmless.
   * @param signal gives it up as long as nothing is dropped
   */
  async apply(span: EventSpan, signal: AbortSignal): Promise<void> {
    await this.demandIntact(span, signal);
    const archive = await this.archive.write(span, signal);
    const { logId, first, last } = span;
    await this.dataSource.transaction(async (manager) => {
      // First the log, as whoever changes its policy does.
      await beginChange(await sessionOf(manager), [logId], []);
      const months = await this.repository.drop(span, manager);
      await this.trail.record(
        {
          businessId: businessIdOf(logId),
          actor: SYSTEM_AUTHOR.actor,
          action: 'audit.retention_applied',
          target: { kind: 'audit', id: logId },
          request: SYSTEM_AUTHOR.request,
          details: { months, events_dropped: last - first + 1, through_sequence: last, archive },
        },
        manager,
      );
    });
  }

  /** Compares each row with its leaf; the database compares the leaves with the sealed ones. */
  private async demandIntact({ logId, first, last }: EventSpan, signal: AbortSignal): Promise<void> {
    for (let from = first; from <= last; from += EVENTS_A_BATCH) {
      signal.throwIfAborted();
      const to = Math.min(from + EVENTS_A_BATCH - 1, last);
      const rows = (await this.trees.events([{ logId, from, to }])).get(logId) ?? [];
      leavesOf(rows, from, to, (fault, sequence) => {
        this.faults.raise(fault, logId, sequence);
        throw new Error('Events that have expired are not what was written, so they are kept.');
      });
    }
  }
}
