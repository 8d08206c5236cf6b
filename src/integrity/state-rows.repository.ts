import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EVENT_COLUMNS, type StoredEvent } from '../audit/trail/stored-event.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { alongIndexes, mayIdle } from '../database/leadership.js';
import { acrossBusinesses } from '../database/row-access.js';
import { ownerLabelOf } from '../token-rows/token-rows.sql.js';
import { BOUND_COLUMNS } from '../token-schema/token-columns.sql.js';
import type { Columns } from '../token-schema/token-schema.js';
import type { ReadToken } from '../verification/token-proof.js';
import { STATE_ACTIONS } from './logged-state.js';

type Ended = Columns<'metadata' | 'revokedAt' | 'revokedBy' | 'revocationReason' | 'revokedWith'>;
/** `owner` as it is called now. */
export type TokenState = ReadToken & Ended & { owner: string };

/** A TokenState of the tokens `t`. */
const TOKEN_STATE = `${BOUND_COLUMNS}, t.revoked_at, t.revoked_by, t.revocation_reason, t.revoked_with,
  ${ownerLabelOf('t')} AS owner`;

export interface MemberState {
  id: string;
  email: string;
  role: string;
  removed_at: Date | null;
  created_at: Date;
}

export interface IdentityState {
  id: string;
  name: string;
  role: string;
  status: string;
  created_at: Date;
}

/** The rows that are compared again and again, some at a time. */
export type SampledTable = 'tokens' | 'members' | 'identities' | 'businesses';

/** A row of such a table, and the log that has its events. */
export interface SampledRow {
  id: string;
  log: string;
  /** Of tokens. */
  owner_id?: string | null;
  ancestors?: string[];
}

/** The event of a successor is the rotation of its predecessor: followed back to the token that was issued. */
const ANCESTORS = `
ARRAY(WITH RECURSIVE line AS (
  SELECT p.id FROM tokens p WHERE p.replaced_by = t.id
  UNION SELECT p.id FROM line l JOIN tokens p ON p.replaced_by = l.id) SELECT id FROM line)`;

/** By the primary keys; of tokens also by tokens_replaced_by_idx. */
const SAMPLED: Record<SampledTable, string> = {
  tokens: `${TOKEN_STATE}, coalesce(t.business_id, '${PLATFORM_LOG}') AS log, ${ANCESTORS} AS ancestors`,
  members: 't.id, t.business_id AS log, t.email, t.role, t.removed_at, t.created_at',
  identities: 't.id, t.business_id AS log, t.name, t.role, t.status, t.created_at',
  businesses: `t.id, t.id AS log, t.status = 'suspended' AS is_suspended`,
};

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

/**
 * Rows of tokens, members, identities and businesses, and what logs say of them, under one snapshot. The three places that record
 * cut-offs: the rows of what was cut off, the register of the log, and its events.
 */
@Injectable()
export class StateRowsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Also those of which there is only a log. */
  async businesses(): Promise<string[]> {
    const rows = await acrossBusinesses(this.dataSource, (manager) =>
      manager.query<{ id: string }[]>(
        `SELECT id FROM businesses UNION SELECT business_id FROM audit_heads WHERE business_id <> $1
         UNION SELECT business_id FROM audit_trees WHERE business_id <> $1 ORDER BY id`,
        [PLATFORM_LOG],
      ),
    );
    return rows.map(({ id }) => id);
  }

  /** Runs `work` under one snapshot, along indexes: it sees no changes made meanwhile, neither in rows nor in the log. */
  atOneMoment<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return acrossBusinesses(this.dataSource, (session) =>
      session.transaction('REPEATABLE READ', async (manager) => {
        await mayIdle(manager);
        await alongIndexes(manager);
        return work(manager);
      }),
    );
  }

  /** The next events after a sequence that define state. */
  events(logId: string, after: number, count: number, manager: EntityManager): Promise<StoredEvent[]> {
    return manager.query<StoredEvent[]>(
      `SELECT ${EVENT_COLUMNS} FROM audit_events e WHERE e.business_id = $1 AND e.sequence > $2 AND e.action = ANY ($3)
       ORDER BY e.sequence LIMIT $4`,
      [logId, after, STATE_ACTIONS, count],
    );
  }

  /** The next after the token of that id, in the order of issue; null: of the platform. By tokens_created_at_idx. */
  tokens(
    businessId: string | null,
    after: string,
    count: number,
    manager: EntityManager,
  ): Promise<TokenState[]> {
    return manager.query<TokenState[]>(
      `SELECT t.* FROM (SELECT coalesce((SELECT created_at FROM tokens WHERE id = $1), '-infinity') AS created_at OFFSET 0) p CROSS JOIN LATERAL (
         SELECT ${TOKEN_STATE} FROM tokens t WHERE t.business_id ${businessId === null ? 'IS NULL' : '= $3::uuid'}
           AND (t.created_at, t.id) > (p.created_at, $1::uuid) ORDER BY t.created_at, t.id LIMIT $2) t
       ORDER BY t.created_at, t.id`,
      businessId === null ? [after, count] : [after, count, businessId],
    );
  }

  members(businessId: string, manager: EntityManager): Promise<MemberState[]> {
    return manager.query<MemberState[]>(
      'SELECT id, email, role, removed_at, created_at FROM members WHERE business_id = $1',
      [businessId],
    );
  }

  identities(businessId: string, manager: EntityManager): Promise<IdentityState[]> {
    return manager.query<IdentityState[]>(
      'SELECT id, name, role, status, created_at FROM identities WHERE business_id = $1',
      [businessId],
    );
  }

  /** The next rows of all businesses after an id, in order of their ids. */
  next(
    table: SampledTable,
    after: string,
    count: number,
    manager: EntityManager,
  ): Promise<readonly SampledRow[]> {
    return manager.query<SampledRow[]>(
      `SELECT ${SAMPLED[table]} FROM ${table} t WHERE t.id > $1 ORDER BY t.id LIMIT $2`,
      [after, count],
    );
  }

  /** What a log says about each row, in its order. By audit_events_target_idx. */
  eventsAbout(things: readonly SampledRow[], manager: EntityManager): Promise<StoredEvent[]> {
    return manager.query<StoredEvent[]>(
      `SELECT e.* FROM unnest($1::uuid[], $2::text[]) AS w (log, id) CROSS JOIN LATERAL (
         SELECT ${EVENT_COLUMNS} FROM audit_events e
         WHERE e.target_id = w.id AND e.business_id = w.log ORDER BY e.sequence OFFSET 0) e
       WHERE e.action = ANY ($3) ORDER BY e.business_id, e.sequence`,
      [things.map(({ log }) => log), things.map(({ id }) => id), STATE_ACTIONS],
    );
  }

  /** null: there is no row of it. */
  async isSuspended(businessId: string, manager: EntityManager): Promise<boolean | null> {
    const [row] = await manager.query<{ status: string }[]>('SELECT status FROM businesses WHERE id = $1', [
      businessId,
    ]);
    return row === undefined ? null : row.status === 'suspended';
  }

  /** The next cut-off events of all logs, in the order of their times. By audit_events_platform_action_idx. */
  cutOffEvents(
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
  cutOffStands(events: readonly StoredEvent[], manager: EntityManager): Promise<CutOffStand[]> {
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
  async registerCutOffsAgain(events: readonly StoredEvent[], manager: EntityManager): Promise<void> {
    await manager.query('SELECT audit_register_cut_offs($1::uuid[], $2::bigint[])', [
      events.map(({ business_id }) => business_id),
      events.map(({ sequence }) => sequence),
    ]);
  }

  /** What the rows say: members, identities and the business itself; of the platform all, and peppers. @param businessId null: of the platform */
  async cutOffsSaid(businessId: string | null, manager: EntityManager): Promise<CutOffMoments> {
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
  async cutOffsRegistered(businessId: string | null, manager: EntityManager): Promise<CutOffMoments> {
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
