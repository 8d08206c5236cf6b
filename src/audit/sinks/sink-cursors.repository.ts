import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { acrossBusinesses } from '../../database/row-access.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { EVENT_COLUMNS, type StoredEvent } from '../trail/stored-event.js';

/** The most logs that share a batch. */
const LOGS_A_BATCH = 250;

/** How far a log was sent to a sink. */
export interface SinkCursor {
  logId: string;
  sequence: number;
}

interface BehindRow {
  business_id: string;
  sequence: string;
  size: string;
}

/**
 * Logs whose sizes are above their cursors, first those whose cursors have not moved for the longest time. Joins all
 * logs with all cursors.
 */
const BEHIND = `
SELECT h.business_id, h.size, coalesce(c.sequence, 0) AS sequence
FROM audit_heads h LEFT JOIN audit_sink_cursors c ON c.sink = $1 AND c.business_id = h.business_id
WHERE h.size > coalesce(c.sequence, 0)
ORDER BY c.moved_at NULLS FIRST LIMIT ${LOGS_A_BATCH}`;

/** By audit_events_pkey, a few from each log. */
const NEXT = `
SELECT e.* FROM unnest($1::uuid[], $2::bigint[]) AS c (log, sequence) CROSS JOIN LATERAL (
  SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE e.business_id = c.log AND e.sequence > c.sequence ORDER BY e.sequence LIMIT $3) e`;

/** The cursors of sinks, one per log. They only increase. */
@Injectable()
export class SinkCursors {
  constructor(private readonly dataSource: DataSource) {}

  /** A sink without a cursor begins after all that is recorded now. */
  async beginNow(sink: string): Promise<void> {
    await this.query(
      `INSERT INTO audit_sink_cursors (sink, business_id, sequence) SELECT $1::varchar, h.business_id, max(h.size)
       FROM (SELECT business_id, size FROM audit_heads UNION ALL SELECT $2::uuid, 0) h
       WHERE NOT EXISTS (SELECT FROM audit_sink_cursors c WHERE c.sink = $1::varchar) GROUP BY h.business_id ON CONFLICT DO NOTHING`,
      [sink, PLATFORM_LOG],
    );
  }

  /** What is to be sent next, up to `max` rows: in order within each log, and some of each waiting log. */
  async next(sink: string, max: number): Promise<StoredEvent[]> {
    return acrossBusinesses(this.dataSource, async (manager) => {
      const behind = await manager.query<BehindRow[]>(BEHIND, [sink]);
      if (behind.length === 0) return [];
      const logs = behind.slice(0, max);
      return manager.query<StoredEvent[]>(NEXT, [
        logs.map(({ business_id }) => business_id),
        logs.map(({ sequence }) => sequence),
        Math.max(1, Math.floor(max / logs.length)),
      ]);
    });
  }

  async move(sink: string, cursors: readonly SinkCursor[]): Promise<void> {
    await this.query(
      `INSERT INTO audit_sink_cursors AS c (sink, business_id, sequence, moved_at)
       SELECT $1, l.log, l.sequence, clock_timestamp() FROM unnest($2::uuid[], $3::bigint[]) AS l (log, sequence)
       ON CONFLICT (sink, business_id) DO UPDATE SET sequence = excluded.sequence, moved_at = excluded.moved_at
       WHERE c.sequence < excluded.sequence`,
      [sink, cursors.map(({ logId }) => logId), cursors.map(({ sequence }) => sequence)],
    );
  }

  /** For how long the oldest event that was not sent has waited; 0 for none. By audit_events_pkey. */
  async lagSeconds(sink: string): Promise<number> {
    const [row] = await this.query<{ seconds: number }>(
      `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(first.occurred_at)), 0)::float8 AS seconds
       FROM audit_heads h LEFT JOIN audit_sink_cursors c ON c.sink = $1 AND c.business_id = h.business_id
       CROSS JOIN LATERAL (SELECT occurred_at FROM audit_events e WHERE e.business_id = h.business_id AND e.sequence > coalesce(c.sequence, 0)
         ORDER BY sequence LIMIT 1) AS first
       WHERE h.size > coalesce(c.sequence, 0)`,
      [sink],
    );
    return row?.seconds ?? 0;
  }

  private query<Row>(statement: string, values: unknown[]): Promise<Row[]> {
    return acrossBusinesses(this.dataSource, (manager) => manager.query<Row[]>(statement, values));
  }
}
