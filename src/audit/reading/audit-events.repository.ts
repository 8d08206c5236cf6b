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
  /** The last position to look at, included; null: as far as it goes. */
  until?: EventPosition | null;
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
    addEdge(conditions, order === 'DESC' ? '<' : '>', after);
    addEdge(conditions, order === 'DESC' ? '>=' : '<=', query.until ?? null);
    const ordered = (from: string): string => `${from} ORDER BY ${sort} LIMIT ${count}`;
    const branches = waysToFind(conditions, filter, logId !== null, (where) =>
      ordered(`SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE ${where}`),
    );
    const text =
      branches.length === 1 ? branches[0] : branches.map((branch) => `(${branch})`).join(' UNION ALL ');
    return this.dataSource.query<StoredEvent[]>(ordered(`SELECT e.* FROM (${text}) e`), conditions.values);
  }

  /**
   * Across logs: the position of the `count`-th event behind `after` in the time range of the filter; null when there
   * are not so many. By audit_events_platform_idx alone.
   */
  async positionAt(
    { filter: { from, to }, order, after }: Pick<EventPageQuery, 'filter' | 'order' | 'after'>,
    count: number,
  ): Promise<EventPosition | null> {
    const conditions = addFilter(new Conditions(), { ...(from && { from }), ...(to && { to }) });
    addEdge(conditions, order === 'DESC' ? '<' : '>', after);
    const [row] = await this.dataSource.query<{ occurred_at: Date; id: string }[]>(
      `SELECT e.occurred_at, e.id FROM audit_events e WHERE ${conditions.and()}
       ORDER BY e.occurred_at ${order}, e.id ${order} OFFSET ${Math.floor(count) - 1} LIMIT 1`,
      conditions.values,
    );
    return row === undefined ? null : { occurredAt: row.occurred_at.toISOString(), id: row.id };
  }

  /** Sequence of the last event before a moment, by time; null for none. By audit_events_occurred_at_idx. */
  lastBefore(logId: string, moment: Date): Promise<number | null> {
    return this.sequenceBeside(logId, '<', 'DESC', moment);
  }

  /** Sequence of the first event at or behind a moment, by time; null for none. By audit_events_occurred_at_idx. */
  firstFrom(logId: string, moment: Date): Promise<number | null> {
    return this.sequenceBeside(logId, '>=', 'ASC', moment);
  }

  private async sequenceBeside(
    logId: string,
    side: '<' | '>=',
    order: AuditOrder,
    moment: Date,
  ): Promise<number | null> {
    const [row] = await this.dataSource.query<{ sequence: string }[]>(
      `SELECT sequence FROM audit_events WHERE business_id = $1 AND occurred_at ${side} $2::timestamptz
       ORDER BY occurred_at ${order}, sequence ${order} LIMIT 1`,
      [logId, moment.toISOString()],
    );
    return row === undefined ? null : Number(row.sequence);
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
      // Days are made into texts behind the counting: before it, that costs four times as much as all the rest.
      `SELECT to_char(c.day, 'YYYY-MM-DD') AS day, c.action, c.count FROM (
         SELECT (e.occurred_at AT TIME ZONE 'UTC')::date AS day, e.action, count(*)::int AS count
         FROM audit_events e WHERE e.business_id = $1 AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $3::timestamptz
         GROUP BY 1, 2) c ORDER BY c.day DESC, c.action`,
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

function addEdge(
  conditions: Conditions,
  comparison: '<' | '>' | '<=' | '>=',
  edge: EventPosition | null,
): void {
  if (edge === null) return;
  if ('sequence' in edge) {
    conditions.where(`e.sequence ${comparison} ?::bigint`, edge.sequence);
    return;
  }
  const time = conditions.parameter(edge.occurredAt);
  conditions.where(`(e.occurred_at, e.id) ${comparison} (${time}::timestamptz, ?::uuid)`, edge.id);
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
