import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EVENT_COLUMNS, type StoredEvent } from '../audit/trail/stored-event.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';

/** Up to when something is cut off, by its id, by `platform`, or by `pepper:` and the id of the pepper. */
type CutOffMoments = Map<string, Date>;

/** What the rows and the register say about the cut-off of one event. */
interface CutOffStand {
  log: string;
  sequence: string;
  /** null: it is not cut off, or not there. */
  said: Date | null;
  is_registered: boolean;
}

/** By the primary keys. */
const STANDS = `
SELECT w.log, w.sequence, CASE w.shape
    WHEN 'business' THEN (SELECT not_before FROM businesses WHERE id = w.subject::uuid)
    WHEN 'owner' THEN (SELECT not_before FROM members WHERE id = w.subject::uuid AND business_id = w.log)
    WHEN 'identity' THEN (SELECT not_before FROM identities WHERE id = w.subject::uuid AND business_id = w.log)
    WHEN 'pepper' THEN (SELECT not_before FROM peppers WHERE 'pepper:' || id = w.subject)
    ELSE (SELECT not_before FROM platform_not_before) END AS said,
  EXISTS (SELECT FROM audit_cut_offs c WHERE c.business_id = w.log AND c.subject = w.subject AND c.not_before = w.not_before) AS is_registered
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[]) AS w (log, shape, subject, not_before, sequence)`;

/** The three places that record cut-offs: the rows of what was cut off, the register of the log, and its events. */
@Injectable()
export class CutOffRowsRepository {
  /** The next of all logs, in the order of their times. By audit_events_platform_action_idx. */
  events(
    after: { at: Date; id: string } | null,
    count: number,
    manager: EntityManager,
  ): Promise<StoredEvent[]> {
    return manager.query<StoredEvent[]>(
      `SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE e.action = 'token.cut_off'
         AND ($1::timestamptz IS NULL OR (e.occurred_at, e.id) > ($1::timestamptz, $2::uuid)) ORDER BY e.occurred_at, e.id LIMIT $3`,
      [after?.at ?? null, after?.id ?? null, count],
    );
  }

  /** For each cut-off event, in any order. */
  stands(events: readonly StoredEvent[], manager: EntityManager): Promise<CutOffStand[]> {
    const all = (name: string): unknown[] => events.map(({ details }) => details[name]);
    return manager.query<CutOffStand[]>(STANDS, [
      events.map(({ business_id }) => business_id),
      all('shape'),
      all('subject'),
      all('not_before'),
      events.map(({ sequence }) => sequence),
    ]);
  }

  /** Writes the entries of these events that the register has lost. */
  async registerAgain(events: readonly StoredEvent[], manager: EntityManager): Promise<void> {
    await manager.query('SELECT audit_register_cut_offs($1::uuid[], $2::bigint[])', [
      events.map(({ business_id }) => business_id),
      events.map(({ sequence }) => sequence),
    ]);
  }

  /** Members, identities and the business itself; of the platform all, and peppers. @param businessId null: of the platform */
  async said(businessId: string | null, manager: EntityManager): Promise<CutOffMoments> {
    return momentsFrom(
      await manager.query(
        businessId === null
          ? `SELECT 'platform' AS subject, not_before FROM platform_not_before WHERE not_before IS NOT NULL
             UNION ALL SELECT 'pepper:' || id, not_before FROM peppers WHERE not_before IS NOT NULL`
          : `SELECT id::text AS subject, not_before FROM businesses WHERE id = $1 AND not_before IS NOT NULL
             UNION ALL SELECT id::text, not_before FROM members WHERE business_id = $1 AND not_before IS NOT NULL
             UNION ALL SELECT id::text, not_before FROM identities WHERE business_id = $1 AND not_before IS NOT NULL`,
        businessId === null ? [] : [businessId],
      ),
    );
  }

  /** What the register has. @param businessId null: of the platform */
  async registered(businessId: string | null, manager: EntityManager): Promise<CutOffMoments> {
    return momentsFrom(
      await manager.query(
        'SELECT subject, max(not_before) AS not_before FROM audit_cut_offs WHERE business_id = $1 GROUP BY subject',
        [businessId ?? PLATFORM_LOG],
      ),
    );
  }
}

function momentsFrom(rows: readonly { subject: string; not_before: Date }[]): CutOffMoments {
  return new Map(rows.map(({ subject, not_before: until }) => [subject, until]));
}
