import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EVENT_COLUMNS, type StoredEvent } from '../audit/reading/stored-event.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { STATE_ACTIONS } from './logged-state.js';
import {
  TOKEN_STATE,
  type IdentityState,
  type MemberState,
  type TokenState,
} from './state-rows.repository.js';

/** The column that says in which log a row has its events. */
interface InLog {
  log: string;
}

type SampledToken = TokenState & InLog & { ancestors: string[] };
type SampledMember = MemberState & InLog;
type SampledIdentity = IdentityState & InLog;
type SampledBusiness = InLog & { id: string; is_suspended: boolean };

const LOG_OF_TOKEN = `coalesce(t.business_id, '${PLATFORM_LOG}')`;

/** The event of a successor is the rotation of its predecessor: followed back to the token that was issued. */
const ANCESTORS = `
ARRAY(WITH RECURSIVE line AS (
  SELECT p.id FROM tokens p WHERE p.replaced_by = t.id
  UNION SELECT p.id FROM line l JOIN tokens p ON p.replaced_by = l.id) SELECT id FROM line)`;

/**
 * The next rows of all businesses after an id, in order of their ids, and everything that their logs say about them.
 */
@Injectable()
export class SampledRowsRepository {
  /** By tokens_pkey and tokens_replaced_by_idx. */
  tokens(after: string, count: number, manager: EntityManager): Promise<SampledToken[]> {
    return manager.query<SampledToken[]>(
      `SELECT ${TOKEN_STATE}, ${LOG_OF_TOKEN} AS log, ${ANCESTORS} AS ancestors FROM tokens t WHERE t.id > $1 ORDER BY t.id LIMIT $2`,
      [after, count],
    );
  }

  members(after: string, count: number, manager: EntityManager): Promise<SampledMember[]> {
    return manager.query<SampledMember[]>(
      `SELECT id, business_id AS log, email, role, removed_at, created_at FROM members WHERE id > $1 ORDER BY id LIMIT $2`,
      [after, count],
    );
  }

  identities(after: string, count: number, manager: EntityManager): Promise<SampledIdentity[]> {
    return manager.query<SampledIdentity[]>(
      `SELECT id, business_id AS log, name, role, status, created_at FROM identities WHERE id > $1 ORDER BY id LIMIT $2`,
      [after, count],
    );
  }

  businesses(after: string, count: number, manager: EntityManager): Promise<SampledBusiness[]> {
    return manager.query<SampledBusiness[]>(
      `SELECT id, id AS log, status = 'suspended' AS is_suspended FROM businesses WHERE id > $1 ORDER BY id LIMIT $2`,
      [after, count],
    );
  }

  /** What a log says about each row, in its order. By audit_events_target_idx. */
  events(things: readonly { log: string; id: string }[], manager: EntityManager): Promise<StoredEvent[]> {
    return manager.query<StoredEvent[]>(
      `SELECT e.* FROM unnest($1::uuid[], $2::text[]) AS w (log, id) CROSS JOIN LATERAL (
         SELECT ${EVENT_COLUMNS} FROM audit_events e
         WHERE e.target_id = w.id AND e.business_id = w.log ORDER BY e.sequence OFFSET 0) e
       WHERE e.action = ANY ($3) ORDER BY e.business_id, e.sequence`,
      [things.map(({ log }) => log), things.map(({ id }) => id), STATE_ACTIONS],
    );
  }
}
