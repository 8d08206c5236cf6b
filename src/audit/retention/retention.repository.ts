import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { DroppedEvents } from '../reading/dropped-events.repository.js';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';

/** Consecutive events of a log, both ends included. */
export interface EventSpan {
  logId: string;
  first: number;
  last: number;
}

/** The retention of a log, and what was dropped. */
export interface RetentionState {
  /** null: for ever. */
  months: number | null;
  /** When `months` takes effect; null: it has. */
  effectiveAt: Date | null;
  /** What applies until then; null: everything is kept. */
  monthsUntilThen: number | null;
  /** The minimum of every policy. */
  monthsMin: number;
  /** The minimum of every policy for `token.*` and `integrity.*`. */
  securityMonthsMin: number;
  /** Events before this moment may be dropped now; null: none. */
  expiresBefore: Date | null;
  droppedThrough: number;
  droppedAt: Date | null;
  updatedAt: Date | null;
  updatedBy: string | null;
}

const STATE = `
SELECT r.months, l.months AS "monthsMin", l.security_months AS "securityMonthsMin", r.dropped_at AS "droppedAt",
  r.updated_at AS "updatedAt", r.updated_by AS "updatedBy", CASE WHEN r.effective_at > now() THEN r.effective_at END AS "effectiveAt",
  CASE WHEN r.effective_at > now() THEN r.months_until_then END AS "monthsUntilThen",
  CASE WHEN h.months IS NOT NULL THEN (date_trunc('month', now() AT TIME ZONE 'UTC')
    - make_interval(months => greatest(h.months, l.months))) AT TIME ZONE 'UTC' END AS "expiresBefore"
FROM audit_retention_limit l LEFT JOIN audit_retention r ON r.business_id = $1
  CROSS JOIN LATERAL (SELECT CASE WHEN r.effective_at > now() THEN r.months_until_then ELSE r.months END AS months) h`;

/** The most that audit_drop_expired allows at once: an archive of one span stays moderate in size. */
const SPAN_EVENTS_MAX = 131_072;

/**
 * Rows of audit_retention, and the functions of the database that drop. They decide what may be dropped, not this
 * class.
 */
@Injectable()
export class RetentionRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly dropped: DroppedEvents,
  ) {}

  async state(logId: string): Promise<RetentionState> {
    const [row] = await inBusiness(this.dataSource, logId, (manager) =>
      manager.query<Omit<RetentionState, 'droppedThrough'>[]>(STATE, [logId]),
    );
    return {
      ...(row as Omit<RetentionState, 'droppedThrough'>),
      droppedThrough: await this.dropped.through(logId),
    };
  }

  /** The policy as it is until the transaction ends; another change waits. */
  async lock(logId: string, manager: EntityManager): Promise<Pick<RetentionState, 'months' | 'monthsMin'>> {
    await manager.query('INSERT INTO audit_retention (business_id) VALUES ($1) ON CONFLICT DO NOTHING', [
      logId,
    ]);
    const [row] = await manager.query<Pick<RetentionState, 'months' | 'monthsMin'>[]>(
      `SELECT r.months, l.months AS "monthsMin" FROM audit_retention r CROSS JOIN audit_retention_limit l
       WHERE r.business_id = $1 FOR UPDATE OF r`,
      [logId],
    );
    if (row === undefined) throw new Error('the minimum of the retention is missing');
    return row;
  }

  /**
   * To be followed by the event `audit.retention_changed`, or the commit is refused.
   * @returns when it takes effect, as the database has decided; null: at once
   */
  async setMonths(
    logId: string,
    months: number | null,
    author: string,
    manager: EntityManager,
  ): Promise<Date | null> {
    await manager.query(
      'UPDATE audit_retention SET months = $2, updated_at = now(), updated_by = $3 WHERE business_id = $1',
      [logId, months, author],
    );
    const [row] = await manager.query<{ effective_at: Date | null }[]>(
      'SELECT effective_at FROM audit_retention WHERE business_id = $1',
      [logId],
    );
    return row?.effective_at ?? null;
  }

  /** What of each log is to be dropped next. */
  async expired(): Promise<EventSpan[]> {
    const rows = await this.query<{ business_id: string; first: string; last: string }>(
      `SELECT r.business_id, r.dropped_through + 1 AS first, least(e.through, r.dropped_through + $1) AS last
       FROM audit_retention r CROSS JOIN LATERAL (SELECT audit_droppable_through(r.business_id) AS through) e
       WHERE r.months IS NOT NULL AND e.through > r.dropped_through`,
      [SPAN_EVENTS_MAX],
    );
    return rows.map((row) => ({ logId: row.business_id, first: Number(row.first), last: Number(row.last) }));
  }

  /**
   * Drops events by record; to be followed by the event `audit.retention_applied`, or the commit is refused.
   * @returns their months, such as `2026-01`
   */
  async drop({ logId, first, last }: EventSpan, manager: EntityManager): Promise<string[]> {
    const [row] = await manager.query<{ months: string[] }[]>(
      'SELECT audit_drop_expired($1, $2, $3) AS months',
      [logId, first, last],
    );
    return (row as { months: string[] }).months;
  }

  /** Drops the oldest partition of which every event is dropped by record. False: there is none. */
  async dropPartition(): Promise<boolean> {
    const [row] = await this.query<{ name: string | null }>('SELECT audit_drop_partition() AS name');
    return (row?.name ?? null) !== null;
  }

  /** Deletes some rows that are dropped by record. False: there are none. */
  async purge(): Promise<boolean> {
    const [row] = await this.query<{ more: boolean }>('SELECT audit_purge_dropped() AS more');
    return row?.more === true;
  }

  /** Makes the partitions of this month and the next two, so that each month can be dropped by itself. */
  async ensurePartitions(): Promise<void> {
    await acrossBusinesses(this.dataSource, (session) =>
      session.transaction(async (manager) => {
        // A new partition locks the log for a moment: while it waits for a reader, all writers wait for it.
        await manager.query(`SET LOCAL lock_timeout = '500ms'`);
        await manager.query('SELECT audit_ensure_partitions()');
      }),
    );
  }

  private query<Row>(statement: string, values: unknown[] = []): Promise<Row[]> {
    return acrossBusinesses(this.dataSource, (manager) => manager.query<Row[]>(statement, values));
  }
}
