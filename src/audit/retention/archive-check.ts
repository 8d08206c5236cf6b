import { Injectable } from '@nestjs/common';
import { AuditEventsRepository } from '../reading/audit-events.repository.js';
import type { EventPosition } from '../reading/event-search.sql.js';
import { GenuineEvents } from '../reading/genuine-events.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { RetentionArchive } from './retention-archive.js';

const EVENTS_A_PAGE = 100;

/** Compares the files of the archive with the events that record their digests. */
@Injectable()
export class ArchiveCheck {
  constructor(
    private readonly events: AuditEventsRepository,
    private readonly genuine: GenuineEvents,
    private readonly archive: RetentionArchive,
    private readonly faults: IntegrityFaults,
  ) {}

  /** Raises a fault for each file that is not what was written, or is missing. By audit_events_platform_action_idx. */
  async run(signal: AbortSignal): Promise<void> {
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
