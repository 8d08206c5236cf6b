import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { acrossBusinesses } from '../../database/row-access.js';
import { EVENT_COLUMNS, type StoredEvent } from '../trail/stored-event.js';

/** Part of a log: after `low`, up to and including `high`. */
export interface LogPart {
  log: string;
  low: number;
  high: number;
}

/** Reads the new events of all logs. */
@Injectable()
export class AllLogsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The sizes of logs. @param sinceMs null: of all that there are; otherwise of those with an event of the last so many
   * milliseconds, by audit_events_platform_idx
   */
  async sizes(sinceMs: number | null): Promise<Map<string, number>> {
    const among =
      sinceMs === null
        ? ''
        : `WHERE business_id IN (SELECT DISTINCT e.business_id FROM audit_events e
             WHERE e.occurred_at >= now() - make_interval(secs => ${sinceMs / 1000}))`;
    const rows = await acrossBusinesses(this.dataSource, (manager) =>
      manager.query<{ business_id: string; size: string }[]>(
        `SELECT business_id, size FROM audit_heads ${among}`,
      ),
    );
    return new Map(rows.map(({ business_id, size }) => [business_id, Number(size)]));
  }

  /** The first events of each part, at most `countEach`, in their order within the log. By audit_events_pkey. */
  events(parts: readonly LogPart[], countEach: number): Promise<StoredEvent[]> {
    return acrossBusinesses(this.dataSource, (manager) =>
      manager.query<StoredEvent[]>(
        `SELECT ${EVENT_COLUMNS} FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS part (log, low, high)
         CROSS JOIN LATERAL (SELECT * FROM audit_events a WHERE a.business_id = part.log AND a.sequence > part.low
           AND a.sequence <= part.high ORDER BY a.sequence LIMIT $4) e
         ORDER BY e.business_id, e.sequence`,
        [parts.map(({ log }) => log), parts.map(({ low }) => low), parts.map(({ high }) => high), countEach],
      ),
    );
  }
}
