import { shifted } from '../../common/instant.js';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { driverCodeOf } from '../../common/errors/driver-error.js';
import { poolOf, type Prepared, queryPreparedOn } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness, inBusinesses } from '../../database/row-access.js';
import type { AuditAction } from '../../log-format/audit-action.js';
import {
  addEdge,
  addFilter,
  isAnsweredByIndex,
  type AuditFilter,
  type AuditOrder,
  Conditions,
  type EventPosition,
  waysToFind,
} from './audit-filter.js';
import { EVENT_COLUMNS, type StoredEvent } from '../trail/stored-event.js';

/** Part of a log: after `low`, up to and including `high`. */
export interface LogPart {
  log: string;
  low: number;
  high: number;
}

export interface EventPageQuery {
  filter: AuditFilter;
  order: AuditOrder;
  /** Rows at most. */
  count: number;
  after: EventPosition | null;
  /** The last position to look at, included; null: as far as it goes. */
  until?: EventPosition | null;
}

/** The most events that are read for one page if no index finds the matching ones. */
export const EVENTS_SEARCHED_MAX = 10_000;
/**
 * How far the order of times and that of sequences can differ: an event has the time at which its transaction began.
 */
const DISORDER_MS = 10 * 60_000;

export interface Search {
  filter: AuditFilter;
  order: AuditOrder;
  after: EventPosition | null;
}

/** PostgreSQL's query_canceled. */
const QUERY_CANCELED = '57014';
const COUNT_MS_MAX = 500;

/** Prepared: to plan it over the months of the log takes longer than to run it. */
const FIND_EVENT: Prepared = {
  name: 'audit_find_event',
  text: `SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE e.business_id = $1::uuid AND e.id = $2::uuid`,
};

interface SizeRow {
  business_id: string;
  size: string;
}

interface ActionCount {
  day: string;
  action: AuditAction;
  count: number;
  /** The first of them that is not the one at its sequence, as the register says it; null: none. */
  forged: string | null;
}

/** Reads audit_events. The log (the business, or PLATFORM_LOG) is the first argument; null stands for all logs. */
@Injectable()
export class AuditEventsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Events in order of their sequence; across logs in order of their time. */
  page(logId: string | null, query: EventPageQuery): Promise<StoredEvent[]> {
    const { filter, order, after } = query;
    if (logId !== null && Object.keys(filter).length === 0) return this.plainPage(logId, query);
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
    return this.read<StoredEvent>(logId, ordered(`SELECT e.* FROM (${text}) e`), conditions.values);
  }

  /**
   * A page of one log without a filter, the most frequent query: there are few such statements. By
   * audit_events_pkey.
   */
  private plainPage(
    logId: string,
    { order, count, after, until = null }: EventPageQuery,
  ): Promise<StoredEvent[]> {
    const conditions = new Conditions().where('e.business_id = ?::uuid', logId);
    const limit = conditions.parameter(Math.floor(count));
    addEdge(conditions, order === 'DESC' ? '<' : '>', after);
    addEdge(conditions, order === 'DESC' ? '>=' : '<=', until);
    const statement: Prepared = {
      name: `audit_page_${order}_${after === null}_${until === null}`,
      text: `SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE ${conditions.and()} ORDER BY e.sequence ${order} LIMIT ${limit}::int`,
      rowAccess: logId,
    };
    return queryPreparedOn<StoredEvent>(poolOf(this.dataSource), statement, conditions.values);
  }

  /**
   * How many events match, `max` at most; null where counting them takes longer than COUNT_MS_MAX, as it may where no
   * index leads to them.
   */
  count(logId: string | null, filter: AuditFilter, max: number): Promise<number | null> {
    const conditions = new Conditions().where('e.business_id = ?', logId ?? undefined);
    addFilter(conditions, filter);
    const branches = waysToFind(
      conditions,
      filter,
      logId !== null,
      (where) => `SELECT 1 FROM audit_events e WHERE ${where} LIMIT ${Math.floor(max)}`,
    ).map((branch) => `(${branch})`);
    const text = `SELECT count(*)::int AS count FROM (SELECT 1 FROM (${branches.join(' UNION ALL ')}) e LIMIT ${Math.floor(max)}) e`;
    const counted = (session: EntityManager): Promise<number> =>
      session.transaction(async (manager) => {
        await manager.query(`SET LOCAL statement_timeout = ${COUNT_MS_MAX}`);
        const [row] = await manager.query<{ count: number }[]>(text, conditions.values);
        return row?.count ?? 0;
      });
    return this.inLog(logId, counted).catch((error: unknown) => {
      if (driverCodeOf(error) === QUERY_CANCELED) return null;
      throw error;
    });
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
    const [row] = await this.read<{ occurred_at: Date; id: string }>(
      null,
      `SELECT e.occurred_at, e.id FROM audit_events e WHERE ${conditions.and()}
       ORDER BY e.occurred_at ${order}, e.id ${order} OFFSET ${Math.floor(count) - 1} LIMIT 1`,
      conditions.values,
    );
    return row === undefined ? null : { occurredAt: row.occurred_at.toISOString(), id: row.id };
  }

  /**
   * The last position that one page of a search reads, whatever the size of the log; null: the search ends by itself. A filter that
   * an index serves needs no limit; any other could read the whole log without a match.
   */
  async boundOf(logId: string | null, search: Search): Promise<EventPosition | null> {
    if (isAnsweredByIndex(search.filter)) return null;
    if (logId === null) return this.positionAt(search, EVENTS_SEARCHED_MAX);
    const { order, after, filter } = search;
    const { low, high } = await this.bounds(logId, filter);
    const from = after !== null && 'sequence' in after ? after.sequence : null;
    if (order === 'ASC') {
      const end = Math.max(low, (from ?? 0) + 1) + EVENTS_SEARCHED_MAX - 1;
      return end < high ? { sequence: end } : null;
    }
    const end = Math.min(high, (from ?? Infinity) - 1) - EVENTS_SEARCHED_MAX + 1;
    return end > low ? { sequence: end } : null;
  }

  /** The sequences between which all that can match lies. */
  private async bounds(logId: string, filter: AuditFilter): Promise<{ low: number; high: number }> {
    const { from, to, sequenceFrom = 1, sequenceTo = Infinity } = filter;
    const [size, before, behind] = await Promise.all([
      this.sizes([logId]).then((sizes) => sizes.get(logId) ?? 0),
      from && this.sequenceBeside(logId, '<', 'DESC', shifted(from, -DISORDER_MS)),
      to && this.sequenceBeside(logId, '>=', 'ASC', shifted(to, DISORDER_MS)),
    ]);
    return { low: Math.max(sequenceFrom, before ?? 1), high: Math.min(sequenceTo, behind ?? size) };
  }

  /** The database's time. */
  async moment(): Promise<Date> {
    const [row] = await this.read<{ now: Date }>(null, 'SELECT clock_timestamp() AS now', []);
    return (row as { now: Date }).now;
  }

  /** Sequence of the last event before a moment, or of the first at or behind it, by time; null for none. By audit_events_occurred_at_idx. */
  private async sequenceBeside(
    logId: string,
    side: '<' | '>=',
    order: AuditOrder,
    moment: Date,
  ): Promise<number | null> {
    const [row] = await this.read<{ sequence: string }>(
      logId,
      `SELECT sequence FROM audit_events WHERE business_id = $1 AND occurred_at ${side} $2::timestamptz
       ORDER BY occurred_at ${order}, sequence ${order} LIMIT 1`,
      [logId, moment.toISOString()],
    );
    return row === undefined ? null : Number(row.sequence);
  }

  /** By audit_events_id_idx. */
  async find(logId: string, id: string): Promise<StoredEvent | null> {
    const statement = { ...FIND_EVENT, rowAccess: logId };
    const [row] = await queryPreparedOn<StoredEvent>(poolOf(this.dataSource), statement, [logId, id]);
    return row ?? null;
  }

  /** Counts per UTC day and action, newest day first. By audit_events_occurred_at_idx and audit_sequences_pkey. */
  countByDay(logId: string, from: Date, to: Date): Promise<ActionCount[]> {
    return this.read<ActionCount>(
      logId,
      // Days are converted to text after the counting: done before, that costs four times as much as all the rest.
      `SELECT to_char(c.day, 'YYYY-MM-DD') AS day, c.action, c.count, c.forged FROM (
         SELECT (e.occurred_at AT TIME ZONE 'UTC')::date AS day, e.action, count(*)::int AS count,
           min(e.sequence) FILTER (WHERE s.sequence IS NULL) AS forged
         FROM audit_events e LEFT JOIN audit_sequences s
           ON s.business_id = $1 AND s.sequence = e.sequence AND s.occurred_at = e.occurred_at WHERE e.business_id = $1 AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $3::timestamptz
         GROUP BY 1, 2) c ORDER BY c.day DESC, c.action`,
      [logId, from.toISOString(), to.toISOString()],
    );
  }

  /** Size of each log that has one, in no order. */
  async sizes(logIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await inBusinesses(this.dataSource, logIds, (manager) =>
      manager.query<SizeRow[]>(
        'SELECT business_id, size FROM audit_heads WHERE business_id = ANY($1::uuid[])',
        [logIds],
      ),
    );
    return sizesIn(rows);
  }

  /** Of all logs that there are, or of those with an event since then, which audit_events_platform_idx finds. */
  async sizesOfAll(sinceMs: number | null): Promise<Map<string, number>> {
    const among =
      sinceMs === null
        ? ''
        : `WHERE business_id IN (SELECT DISTINCT e.business_id FROM audit_events e
             WHERE e.occurred_at >= now() - make_interval(secs => ${sinceMs / 1000}))`;
    return sizesIn(await this.read(null, `SELECT business_id, size FROM audit_heads ${among}`, []));
  }

  /** The first events of each part, at most `countEach`, in their order within the log. By audit_events_pkey. */
  ofParts(parts: readonly LogPart[], countEach: number): Promise<StoredEvent[]> {
    return this.read(
      null,
      `SELECT ${EVENT_COLUMNS} FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS part (log, low, high)
       CROSS JOIN LATERAL (SELECT * FROM audit_events a WHERE a.business_id = part.log AND a.sequence > part.low
         AND a.sequence <= part.high ORDER BY a.sequence LIMIT $4) e
       ORDER BY e.business_id, e.sequence`,
      [parts.map(({ log }) => log), parts.map(({ low }) => low), parts.map(({ high }) => high), countEach],
    );
  }

  private read<Row>(logId: string | null, statement: string, values: unknown[]): Promise<Row[]> {
    return this.inLog(logId, (manager) => manager.query<Row[]>(statement, values));
  }

  private inLog<Result>(
    logId: string | null,
    work: (manager: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    return logId === null
      ? acrossBusinesses(this.dataSource, work)
      : inBusiness(this.dataSource, logId, work);
  }
}

function sizesIn(rows: readonly SizeRow[]): Map<string, number> {
  return new Map(rows.map(({ business_id, size }) => [business_id, Number(size)]));
}
