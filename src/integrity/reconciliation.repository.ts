import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { EVENT_COLUMNS, type StoredEvent } from '../audit/trail/stored-event.js';
import { anyNumberOf, queryPreparedIn } from '../database/prepared.js';
import type { LoggedRevocation } from './logged-state.js';
import { BOUND_COLUMNS } from '../token-schema/token-columns.sql.js';
import type { BoundToken } from '../secrets/token-macs.js';

/** Compares rows of tokens with the log. */
@Injectable()
export class ReconciliationRepository {
  /** The next tokens behind that id, in order of their ids, and whether each is revoked. By tokens_pkey. */
  next(after: string, count: number, manager: EntityManager): Promise<{ id: string; is_revoked: boolean }[]> {
    const statement = {
      name: 'reconciliation_next_tokens',
      text: 'SELECT id, revoked_at IS NOT NULL AS is_revoked FROM tokens WHERE id > $1 ORDER BY id LIMIT $2',
    };
    return queryPreparedIn(manager, statement, [after, count]);
  }

  /** For tokens whose rows are revoked, or are not: the first revocation of each in the log. By audit_events_target_idx. */
  recordedRevocations(
    ids: readonly string[],
    isRevoked: boolean,
    manager: EntityManager,
  ): Promise<StoredEvent[]> {
    const statement = {
      name: 'reconciliation_recorded',
      text: `
SELECT e.* FROM unnest($1::uuid[], $1::uuid[]::text[]) AS wanted (id, target_id)
CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = wanted.id OFFSET 0) t CROSS JOIN LATERAL (
  SELECT * FROM (SELECT ${EVENT_COLUMNS} FROM audit_events e
    WHERE e.target_id = wanted.target_id AND e.business_id = coalesce(t.business_id, '${PLATFORM_LOG}') ORDER BY e.sequence OFFSET 0) e
  WHERE e.action = 'token.revoked' AND e.target_kind = 'token' AND e.outcome = 'success' ORDER BY e.sequence LIMIT 1) e
WHERE (t.revoked_at IS NOT NULL) = $2`,
    };
    return queryPreparedIn<StoredEvent>(manager, statement, [ids, isRevoked]);
  }

  /** Restores the row of a token to what the log says. The trigger on the table informs the verifiers. */
  async revokeAgain(
    id: string | null,
    { revokedAt, revokedBy, reason }: LoggedRevocation,
    manager: EntityManager,
  ): Promise<void> {
    const statement = {
      name: 'reconciliation_revoke_again',
      text: `UPDATE tokens SET revoked_at = $2, revoked_by = $3, revocation_reason = $4, updated_at = now()
        WHERE id = $1 AND revoked_at IS NULL`,
    };
    await queryPreparedIn(manager, statement, [id, revokedAt, revokedBy, reason]);
  }

  /**
   * The next tokens without a MAC behind that id, in order of their ids, held until the transaction ends; none unless the adoption of
   * earlier rows is due, and none issued since. By tokens_unbound_idx.
   */
  unbound(after: string, count: number, manager: EntityManager): Promise<BoundToken[]> {
    const statement = {
      name: 'reconciliation_unbound',
      text: `
SELECT ${BOUND_COLUMNS} FROM tokens t
WHERE id > $1 AND mac IS NULL AND created_at < (SELECT due_since FROM adoption WHERE adopted_at IS NULL)
ORDER BY id LIMIT $2 FOR NO KEY UPDATE`,
    };
    return queryPreparedIn(manager, statement, [after, count]);
  }

  async bind(tokens: readonly { id: string; mac: Buffer }[], manager: EntityManager): Promise<void> {
    if (tokens.length === 0) return;
    const statement = {
      name: 'reconciliation_bind',
      text: `
UPDATE tokens t SET mac = b.mac FROM unnest(${anyNumberOf('$1::uuid[]')}, ${anyNumberOf('$2::bytea[]')}) AS b (id, mac)
WHERE t.id = b.id AND t.mac IS NULL`,
    };
    await queryPreparedIn(manager, statement, [tokens.map(({ id }) => id), tokens.map(({ mac }) => mac)]);
  }

  /** @returns whether nobody had noted before that the rows of an earlier version are adopted */
  async noteAdoption(manager: EntityManager): Promise<boolean> {
    const [rows] = await manager.query<[unknown[]]>(
      'UPDATE adoption SET adopted_at = now() WHERE adopted_at IS NULL RETURNING adopted_at',
    );
    return rows.length > 0;
  }
}
