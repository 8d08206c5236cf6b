import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AuditAction } from '../trail/audit-action.js';
import { addFilter, Conditions, type AuditFilter } from './audit-filter.js';
import { EVENT_COLUMNS, type StoredEvent } from './stored-event.js';

export type AuditOrder = 'ASC' | 'DESC';

/** The edge of a page: a sequence within a log; a time and an id across logs. */
export type EventPosition = { sequence: number } | { occurredAt: string; id: string };

export interface EventPageQuery {
  filter: AuditFilter;
  order: AuditOrder;
  /** Rows at most. */
  count: number;
  after: EventPosition | null;
}

export interface ActionCount {
  day: string;
  action: AuditAction;
  count: number;
}

/** Reads audit_events. The log (the business, or PLATFORM_LOG) is the first argument; null stands for all logs. */
@Injectable()
export class AuditEventsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Events in order of their sequence; across logs in order of their time. */
  page(logId: string | null, query: EventPageQuery): Promise<StoredEvent[]> {
    const { filter, order, after } = query;
    const count = Math.floor(query.count);
    const sort = logId === null ? `e.occurred_at ${order}, e.id ${order}` : `e.sequence ${order}`;
    const conditions = new Conditions().where('e.business_id = ?', logId ?? undefined);
    addFilter(conditions, filter);
    const beyond = order === 'DESC' ? '<' : '>';
    if (after !== null && 'sequence' in after) {
      conditions.where(`e.sequence ${beyond} ?::bigint`, after.sequence);
    } else if (after !== null) {
      const time = conditions.parameter(after.occurredAt);
      conditions.where(`(e.occurred_at, e.id) ${beyond} (${time}::timestamptz, ?::uuid)`, after.id);
    }
    const ordered = (from: string): string => `${from} ORDER BY ${sort} LIMIT ${count}`;
    const branches = waysToFind(conditions, filter, logId !== null, (where) =>
      ordered(`SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE ${where}`),
    );
    const text =
      branches.length === 1 ? branches[0] : branches.map((branch) => `(${branch})`).join(' UNION ALL ');
    return this.dataSource.query<StoredEvent[]>(ordered(`SELECT e.* FROM (${text}) e`), conditions.values);
  }

  /** By audit_events_id_idx. */
  async find(logId: string, id: string): Promise<StoredEvent | null> {
    const [row] = await this.dataSource.query<StoredEvent[]>(
      `SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE e.business_id = $1 AND e.id = $2`,
      [logId, id],
    );
    return row ?? null;
  }

  /** By audit_events_id_idx. */
  async sequenceOf(logId: string, id: string): Promise<number | null> {
    const [row] = await this.dataSource.query<{ sequence: string }[]>(
      'SELECT sequence FROM audit_events WHERE business_id = $1 AND id = $2',
      [logId, id],
    );
    return row === undefined ? null : Number(row.sequence);
  }

  /** Counts per UTC day and action, newest day first. By audit_events_occurred_at_idx. */
  countByDay(logId: string, from: Date, to: Date): Promise<ActionCount[]> {
    return this.dataSource.query<ActionCount[]>(
      `SELECT to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, e.action, count(*)::int AS count
       FROM audit_events e WHERE e.business_id = $1 AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $3::timestamptz
       GROUP BY 1, 2 ORDER BY 1 DESC, 2`,
      [logId, from.toISOString(), to.toISOString()],
    );
  }

  /** Size of each log that has one, in no order. */
  async sizes(logIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.dataSource.query<{ business_id: string; size: string }[]>(
      'SELECT business_id, size FROM audit_heads WHERE business_id = ANY($1::uuid[])',
      [logIds],
    );
    return new Map(rows.map(({ business_id, size }) => [business_id, Number(size)]));
  }
}

/**
 * One query per way in which an event can match, each in order and cut off, so that none reads more than a page
 * whatever the size of the log: within a log an index on the action yields order only for one action, and a token is
 * found by two indexes. Across logs PostgreSQL knows how frequent an action is, and chooses better by itself.
 */
function waysToFind(
  conditions: Conditions,
  { actions, tokenId }: AuditFilter,
  isOneLog: boolean,
  branch: (where: string) => string,
): string[] {
  const ways = [''];
  if (tokenId !== undefined) {
    const token = conditions.parameter(tokenId);
    const isTarget = `e.target_id = ${token}::text AND e.target_kind = 'token'`;
    ways.splice(0, 1, isTarget, `e.actor_token_id = ${token}::uuid AND (${isTarget}) IS NOT TRUE`);
  }
  if (!isOneLog) conditions.where('e.action = ANY(?::text[])', actions);
  const wanted = actions === undefined || !isOneLog ? null : conditions.parameter(actions);
  return ways.map((way) => {
    const further = way === '' ? [] : [way];
    if (wanted === null) return branch(conditions.and(...further));
    return `SELECT e.* FROM unnest(${wanted}::text[]) AS wanted(action)
      CROSS JOIN LATERAL (${branch(conditions.and('e.action = wanted.action', ...further))}) e`;
  });
}
