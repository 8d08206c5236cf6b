import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { GenuineEvents } from './genuine-events.js';
import { EVENT_COLUMNS, type StoredEvent } from '../trail/stored-event.js';

/** The position of an event in the log. */
export interface EventPlace {
  eventId: string;
  sequence: number;
  leafHash: Buffer;
}

interface Drop {
  /** 0: nothing was dropped. */
  through: number;
  /** The months of the last events that were dropped: `2026-01`. */
  months: readonly string[];
}

/**
 * How far the database says that a log was dropped, and the latest events that record a drop, as one snapshot has them.
 * Forged ones raise a fault, and leave room for the genuine one. By audit_events_action_idx.
 */
const LATEST = `
SELECT coalesce(r.dropped_through, 0) AS claimed, e.* FROM (SELECT $1::uuid AS id) l LEFT JOIN audit_retention r ON r.business_id = l.id
LEFT JOIN LATERAL (SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE e.business_id = l.id AND e.action = 'audit.retention_applied'
  AND e.outcome = 'success' ORDER BY e.sequence DESC LIMIT 10) e ON true`;

const FIRST_KEPT = `SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE e.business_id = $1 AND e.sequence = $2`;

/**
 * What is still known of events that retention has dropped. The log is the first argument. A drop is believed if a
 * genuine event behind its range records it; if the database says more was dropped, that raises a fault.
 */
@Injectable()
export class DroppedEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly genuine: GenuineEvents,
    private readonly faults: IntegrityFaults,
  ) {}

  /** The last sequence that retention has dropped; 0 for none. The rows may still exist for a while. */
  async through(logId: string): Promise<number> {
    return (await inBusiness(this.dataSource, logId, (manager) => this.latest(logId, manager))).through;
  }

  /**
   * The log has all events about what was made since then; null: it has all, since none were dropped. When the first
   * event that was kept happened; if that is gone or forged, when the last month of those dropped ended.
   */
  async knownSince(logId: string, manager: EntityManager): Promise<Date | null> {
    const { through, months } = await this.latest(logId, manager);
    if (through === 0) return null;
    const kept = await manager.query<StoredEvent[]>(FIRST_KEPT, [logId, through + 1]);
    const [first] = await this.genuine.genuine(kept);
    const [year, month] = (months.toSorted().at(-1) as string).split('-').map(Number) as [number, number];
    return first?.occurred_at ?? new Date(Date.UTC(year, month));
  }

  private async latest(logId: string, manager: EntityManager): Promise<Drop> {
    const rows = await manager.query<(StoredEvent & { claimed: string })[]>(LATEST, [logId]);
    const recorded = await this.genuine.genuine(rows.filter(({ sequence }) => sequence !== null));
    let latest: Drop = { through: 0, months: [] };
    for (const { details, sequence } of recorded) {
      const [through, months] = [Number(details.through_sequence), details.months as string[]];
      if (through > latest.through && through < Number(sequence)) latest = { through, months };
    }
    const claimed = Number(rows[0]?.claimed);
    if (claimed > latest.through) this.faults.raise('drop_forged', logId, claimed);
    return latest;
  }

  /** The position of the revocation of a token; null unless it was dropped. By the primary key. */
  async revocationOf(logId: string, tokenId: string): Promise<EventPlace | null> {
    const [row] = await inBusiness(this.dataSource, logId, (manager) =>
      manager.query<(Omit<EventPlace, 'sequence'> & { sequence: string })[]>(
        `SELECT event_id AS "eventId", sequence, leaf_hash AS "leafHash" FROM audit_dropped_revocations
         WHERE business_id = $1 AND token_id = $2`,
        [logId, tokenId],
      ),
    );
    if (row === undefined || Number(row.sequence) > (await this.through(logId))) return null;
    return { ...row, sequence: Number(row.sequence) };
  }
}
