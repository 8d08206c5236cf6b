import { setImmediate as othersFirst } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { emptied } from '../../database/prepared.js';
import { acrossBusinesses } from '../../database/row-access.js';
import type { AppendedEvent } from '../trail/appended-events.js';
import type { StoredHead } from '../trail/event-macs.js';
import { EVENT_COLUMNS, type StoredEvent } from '../trail/stored-event.js';
import { EVENTS_A_TURN } from './leaves.js';

export interface Head extends StoredHead {
  registered: number | null;
}

interface Range {
  logId: string;
  from: number;
  to: number;
}

/** The rows of more than these, in memory at once, would make collecting garbage block the event loop for some milliseconds. */
const EVENTS_A_STATEMENT_MAX = 200;

type EventFate = 'pending' | 'sealed' | 'lost';

const FATES = `
SELECT EXISTS (SELECT FROM audit_events e WHERE e.business_id = w.log AND e.sequence = w.sequence AND e.leaf_hash = decode(w.leaf, 'hex')) AS is_there,
  EXISTS (SELECT FROM audit_trees t WHERE t.business_id = w.log AND t.size >= w.sequence) AS is_sealed,
  pg_visible_in_snapshot(w.writer::xid8, pg_current_snapshot()) AS is_past
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY AS w (log, sequence, leaf, writer, number) ORDER BY number`;

/** Rows of audit_heads and audit_events of many logs at once, for whoever seals or compares them. */
@Injectable()
export class LogRowsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The sizes of the logs, and the last sequence in the register of each (null: none). To be read before their
   * events, so that all events that it counts are visible then. By primary keys.
   */
  async heads(logIds: readonly string[], manager: EntityManager): Promise<Map<string, Head>> {
    const rows = await manager.query<
      { business_id: string; size: string; mac: Buffer | null; registered: string | null }[]
    >(
      `SELECT h.business_id, h.size, h.mac, (SELECT s.sequence FROM audit_sequences s WHERE s.business_id = h.business_id
         ORDER BY s.sequence DESC LIMIT 1) AS registered FROM audit_heads h WHERE h.business_id = ANY($1::uuid[])`,
      [logIds],
    );
    return new Map(
      rows.map(({ business_id, size, mac, registered }) => [
        business_id,
        { size: Number(size), mac, registered: registered === null ? null : Number(registered) },
      ]),
    );
  }

  /**
   * Events of several logs, each from..to, in order, in ranges that are small enough to be read at once. The list of rows is
   * emptied when the next range is asked for: whoever needs more than some of each row keeps it. By the primary key.
   */
  async *events(
    ranges: readonly Range[],
    manager?: EntityManager,
  ): AsyncGenerator<Range & { rows: StoredEvent[] }> {
    for (const part of inParts(ranges)) {
      const read = await this.eventsAtOnce(part, manager);
      // Reading many takes as long as a turn of the event loop should: what is done with them is for the next one.
      if (read.length > EVENTS_A_TURN) await othersFirst();
      const byLog = Map.groupBy(read, (row) => row.business_id);
      emptied(read);
      for (const range of part) {
        const rows = byLog.get(range.logId) ?? [];
        yield { ...range, rows };
        emptied(rows);
      }
    }
  }

  private eventsAtOnce(ranges: readonly Range[], manager?: EntityManager): Promise<StoredEvent[]> {
    const read = (of: EntityManager): Promise<StoredEvent[]> =>
      of.query<StoredEvent[]>(
        `SELECT e.* FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS wanted(log, low, high) CROSS JOIN LATERAL (
         SELECT ${EVENT_COLUMNS} FROM audit_events e
         WHERE e.business_id = wanted.log AND e.sequence >= wanted.low AND e.sequence <= wanted.high ORDER BY e.sequence) e`,
        [ranges.map(({ logId }) => logId), ranges.map(({ from }) => from), ranges.map(({ to }) => to)],
      );
    return manager === undefined ? acrossBusinesses(this.dataSource, read) : read(manager);
  }

  /** The sequences from..to that the register says are taken, with their times. By the primary key. */
  async registered(
    logId: string,
    from: number,
    to: number,
    manager: EntityManager,
  ): Promise<Map<number, number>> {
    const rows = await manager.query<{ sequence: string; occurred_at: Date }[]>(
      'SELECT sequence, occurred_at FROM audit_sequences WHERE business_id = $1 AND sequence BETWEEN $2 AND $3',
      [logId, from, to],
    );
    const times = new Map(rows.map(({ sequence, occurred_at }) => [Number(sequence), occurred_at.getTime()]));
    emptied(rows);
    return times;
  }

  /** Of events that ended tokens: the sequences of those that the register of ends does not know of. By the primary key. */
  async unregisteredEnds(events: readonly StoredEvent[], manager: EntityManager): Promise<number[]> {
    if (events.length === 0) return [];
    const rows = await manager.query<{ sequence: string }[]>(
      `SELECT w.sequence FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS w (token_id, action, sequence)
       WHERE NOT EXISTS (SELECT FROM audit_token_ends e
         WHERE e.token_id = w.token_id AND e.action = w.action AND e.sequence <= w.sequence)`,
      [
        events.map(({ target_id }) => target_id),
        events.map(({ action }) => action),
        events.map(({ sequence }) => sequence),
      ],
    );
    return rows.map(({ sequence }) => Number(sequence));
  }

  /** The current state of events whose transactions were acknowledged, in their order. By the primary keys. */
  async fatesOf(events: readonly AppendedEvent[]): Promise<EventFate[]> {
    const rows = await acrossBusinesses(this.dataSource, (manager) =>
      manager.query<{ is_there: boolean; is_sealed: boolean; is_past: boolean }[]>(FATES, [
        events.map(({ log }) => log),
        events.map(({ sequence }) => sequence),
        events.map(({ leaf }) => leaf),
        events.map(({ transactionId }) => transactionId),
      ]),
    );
    return rows.map(({ is_there, is_sealed, is_past }) => {
      if (!is_there && is_past) return 'lost';
      return is_there && is_sealed ? 'sealed' : 'pending';
    });
  }
}

/** The same ranges, cut so that each part has at most EVENTS_A_STATEMENT_MAX events. */
function* inParts(ranges: readonly Range[]): Generator<Range[]> {
  let part: Range[] = [];
  let room = EVENTS_A_STATEMENT_MAX;
  for (const { logId, from, to } of ranges) {
    for (let start = from; start <= to;) {
      const end = Math.min(to, start + room - 1);
      part.push({ logId, from: start, to: end });
      room -= end - start + 1;
      start = end + 1;
      if (room > 0) continue;
      yield part;
      part = [];
      room = EVENTS_A_STATEMENT_MAX;
    }
  }
  if (part.length > 0) yield part;
}
