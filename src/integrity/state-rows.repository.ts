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
export const TOKEN_STATE = `${BOUND_COLUMNS}, t.revoked_at, t.revoked_by, t.revocation_reason, t.revoked_with,
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

/** Rows of one business (null: of the platform), and its log, under one snapshot. */
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

  /** The next after the token of that id, in the order of issue. By tokens_created_at_idx. */
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

  members(businessId: string | null, manager: EntityManager): Promise<MemberState[]> {
    return manager.query<MemberState[]>(
      'SELECT id, email, role, removed_at, created_at FROM members WHERE business_id = $1',
      [businessId ?? PLATFORM_LOG],
    );
  }

  identities(businessId: string | null, manager: EntityManager): Promise<IdentityState[]> {
    return manager.query<IdentityState[]>(
      'SELECT id, name, role, status, created_at FROM identities WHERE business_id = $1',
      [businessId ?? PLATFORM_LOG],
    );
  }

  /** null: there is no row of it. */
  async isSuspended(businessId: string, manager: EntityManager): Promise<boolean | null> {
    const [row] = await manager.query<{ status: string }[]>('SELECT status FROM businesses WHERE id = $1', [
      businessId,
    ]);
    return row === undefined ? null : row.status === 'suspended';
  }
}
