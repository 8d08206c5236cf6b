import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  anyNumberOf,
  queryPreparedIn,
  queryPreparedOn,
  type Session,
  sessionOf,
} from '../database/prepared.js';
import { PLATFORM_ROWS } from '../database/row-access.js';
import {
  type DerivedRow,
  FIND_DERIVED,
  FIND_LIVE_SUCCESSORS,
  REVOKE_THESE,
} from './derived/derived-tokens.sql.js';
import type { Dialect, TokenKind } from '../token-rows/token.entity.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { COMMIT_MS_MAX } from '../database/resilient-client.js';
import { isCutOff } from '../verification/cut-off.sql.js';
import { OWNER_LABEL } from '../token-rows/token-rows.sql.js';
import type { Columns } from '../token-schema/token-schema.js';

/** `revoked_with` is the earlier cut-off that had revoked it, and to which these facts belong; null: there was none. */
export interface RevokedRow extends Columns<
  'id' | 'jti' | 'name' | 'kind' | 'revokedBy' | 'revocationReason' | 'revokedWith' | 'replacedBy'
> {
  revoked_at: Date;
  owner: string;
}

/** A token that was revoked for the request `number`; without an id: nothing was changed for that request. */
type RevocationRow = { number: number } & (RevokedRow | { id: null });

interface EarlierRevocationRow extends RevokedRow {
  number: number;
  audit_sequence: string | null;
  transaction_id: string;
}

/** The rows whose columns are the arrays given, numbered from 1. */
const columns = (...arrays: string[]): string =>
  `unnest(${arrays.map(anyNumberOf).join(', ')}) WITH ORDINALITY`;

const FACTS =
  'r.id, r.jti, r.name, r.kind, r.revoked_at, r.revoked_by, r.revocation_reason, r.revoked_with, r.replaced_by';

/**
 * The rows of more tokens at once, and their events, would block the event loop for longer than ten milliseconds when they are
 * read, and when garbage is collected while they are in memory. More than a hundred, so that one entry of the feed names their
 * owner, not one each of them (ADR 0003, point 15).
 */
export const TOKENS_A_STATEMENT = 200;
/** Characters. */
const ID_AND_COMMA = 37;

/** The owner whose tokens are revoked: all, or those that were issued in one dialect. */
export type TokensOf = { dialect?: Dialect } & (
  { memberId: string } | { identityId: string } | { platform: true }
);

/** What is revoked, by whom and why, as stored with the token. */
interface RevocationFacts {
  /** null: the platform's own. */
  businessId: string | null;
  /** Who revokes, in one word. */
  revokedBy: string;
  reason: string | null;
}

/** A token; of the other kind, or of another business (null: the platform), there is none. */
interface TokenOfKind {
  businessId: string | null;
  tokenId: string;
  kind: TokenKind;
}

/** The result of the transaction; for a token that was revoked before, the facts of that revocation. */
export interface CommittedRevocation {
  row: RevokedRow;
  first: boolean;
  /** How many tokens this request revoked, including predecessors in their grace. */
  tokensRevoked: number;
  auditSequence: number | null;
  transactionId: string;
}

/**
 * Every statement that revokes tokens or reads revocations. Callers record the changes in the same transaction (R4).
 */
@Injectable()
export class RevocationsRepository {
  /** Waits until the row of the token is not locked. Uses tokens_pkey. */
  async awaitRow(session: Session, businessId: string | null, tokenId: string): Promise<void> {
    const rowAccess = businessId ?? PLATFORM_ROWS;
    const text =
      'SELECT FROM tokens WHERE id = $2 AND business_id IS NOT DISTINCT FROM $1::uuid FOR NO KEY UPDATE';
    await queryPreparedOn(session, { name: 'revoke_await_row', text, rowAccess }, [businessId, tokenId]);
  }

  /**
   * Revokes one token for each request, and with it every token that it replaced and that is still in its grace: a grace never
   * survives a revocation. The result is as if the requests were served one after the other. Only rows that are not revoked yet are
   * changed, so the first revocation wins (R3): within one transaction that of the first request.
   *
   * The rows are locked before any is changed. Locked rows are waited for; or the statement waits for no lock, and if any row of a
   * request is locked, nothing is changed for that request, which is reported with an `id` of null.
   *
   * Uses tokens_pkey and tokens_replaced_by_idx: ARRAY and OFFSET 0 keep the planner, which may have planned while the
   * table was nearly empty, from scanning all of it.
   */
  revokeTokens(
    session: Session,
    requests: readonly (RevocationFacts & { tokenId: string; kind?: TokenKind })[],
    heldRows: 'wait' | 'skip',
  ): Promise<RevocationRow[]> {
    const [name, whatIsLocked] =
      heldRows === 'wait' ? ['revoke_waiting', ''] : ['revoke_skip_locked', 'SKIP LOCKED'];
    const text = `
WITH RECURSIVE asked AS (
  SELECT * FROM ${columns('$1::uuid[]', '$2::uuid[]', '$3::text[]', '$4::text[]', '$5::text[]')}
    AS s (business_id, token_id, label, reason, kind, number)
), chain AS (
  SELECT s.number, s.business_id, t.id FROM asked s CROSS JOIN LATERAL (
    SELECT id FROM tokens WHERE id = s.token_id AND business_id IS NOT DISTINCT FROM s.business_id AND kind = s.kind OFFSET 0) t
  UNION
  SELECT c.number, c.business_id, t.id FROM chain c CROSS JOIN LATERAL (
    SELECT id FROM tokens WHERE replaced_by = c.id AND business_id IS NOT DISTINCT FROM c.business_id
      AND revoked_at IS NULL AND grace_ends_at > now() OFFSET 0) t
), held AS MATERIALIZED (
  SELECT id FROM tokens WHERE id = ANY (ARRAY(SELECT id FROM chain)) ORDER BY id FOR NO KEY UPDATE ${whatIsLocked}
), locked AS (
  SELECT DISTINCT number FROM chain WHERE id NOT IN (SELECT id FROM held)
), due AS MATERIALIZED (
  SELECT DISTINCT ON (c.id) c.id, c.number, c.id <> s.token_id AS replaced, s.label, s.reason FROM chain c JOIN asked s USING (number)
  WHERE c.number NOT IN (SELECT number FROM locked) ORDER BY c.id, c.number
), marked AS (
  UPDATE tokens t SET revoked_at = now(), updated_at = now(),
    (revoked_by, revocation_reason) = (SELECT label, reason FROM due WHERE due.id = t.id)
  WHERE id = ANY (ARRAY(SELECT id FROM due)) AND revoked_at IS NULL
  RETURNING id, jti, name, kind, revoked_at, revoked_by, revocation_reason, revoked_with, replaced_by, member_id, identity_id, issued_to
)
SELECT due.number::int AS number, due.replaced, ${FACTS}, ${OWNER_LABEL} AS owner FROM marked r JOIN due ON due.id = r.id
UNION ALL
SELECT number::int, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM locked
ORDER BY 1, 2`;
    return queryPreparedOn<RevocationRow>(session, { name, text }, [
      requests.map(({ businessId }) => businessId),
      requests.map(({ tokenId }) => tokenId),
      requests.map(({ revokedBy }) => revokedBy),
      requests.map(({ reason }) => reason),
      requests.map(({ kind = 'api' }) => kind),
    ]);
  }

  /**
   * For each of the tokens the facts of its revocation, and a new transaction for the barrier to wait for; null: it is not revoked,
   * or does not exist. That transaction writes to the WAL of the server, so that its COMMIT waits for the standbys. The revocation
   * that is found may be from a COMMIT whose wait for them was cancelled, and must not be reported before they have it as well.
   */
  async findRevoked(
    session: Session,
    tokens: readonly TokenOfKind[],
  ): Promise<(CommittedRevocation | null)[]> {
    const text = `
WITH replicated AS MATERIALIZED (SELECT pg_logical_emit_message(true, 'rescind', ''), pg_current_xact_id()::text AS transaction_id)
SELECT s.number::int AS number, ${FACTS}, ${OWNER_LABEL} AS owner, replicated.transaction_id,
  (SELECT sequence FROM audit_events WHERE business_id = coalesce(s.business_id, '${PLATFORM_LOG}')
     AND target_id = r.id::text AND action = 'token.revoked' ORDER BY sequence LIMIT 1) AS audit_sequence
FROM replicated, ${columns('$1::uuid[]', '$2::uuid[]', '$3::text[]')} AS s (business_id, token_id, kind, number) CROSS JOIN LATERAL (
  SELECT * FROM tokens WHERE id = s.token_id AND business_id IS NOT DISTINCT FROM s.business_id AND kind = s.kind AND revoked_at IS NOT NULL OFFSET 0) r`;
    const statement = { name: 'revoke_find_earlier', timeoutMs: COMMIT_MS_MAX, text };
    const rows = await queryPreparedOn<EarlierRevocationRow>(session, statement, [
      tokens.map(({ businessId }) => businessId),
      tokens.map(({ tokenId }) => tokenId),
      tokens.map(({ kind }) => kind),
    ]);
    const found = Array<CommittedRevocation | null>(tokens.length).fill(null);
    for (const row of rows) {
      const auditSequence = row.audit_sequence === null ? null : Number(row.audit_sequence);
      const { transaction_id: transactionId } = row;
      found[row.number - 1] = { row, first: false, tokensRevoked: 0, auditSequence, transactionId };
    }
    return found;
  }

  /** Whether a token was cut off, marked or not. Uses tokens_pkey. */
  async isCutOff(session: Session, businessId: string | null, tokenId: string): Promise<boolean> {
    const text = `SELECT ${isCutOff('t')} AS is_cut_off FROM tokens t WHERE t.id = $2 AND t.business_id IS NOT DISTINCT FROM $1::uuid`;
    const statement = { name: 'revoke_is_cut_off', text };
    const [row] = await queryPreparedOn<{ is_cut_off: boolean }>(session, statement, [businessId, tokenId]);
    return row?.is_cut_off === true;
  }

  /**
   * Revokes all tokens of an owner, and returns them in parts. They are locked before any of them is changed, in the order of ids
   * in which all code locks tokens. One text of all ids, because ten thousand rows would hold the event loop.
   */
  async *revokeOwned(
    facts: RevocationFacts,
    tokensOf: TokensOf,
    manager: EntityManager,
  ): AsyncGenerator<RevokedRow[]> {
    const { businessId, revokedBy, reason } = facts;
    const [column, ownerId] = ownerOf(tokensOf);
    const { dialect } = tokensOf;
    const text = `
WITH due AS MATERIALIZED (
  SELECT id FROM tokens WHERE revoked_at IS NULL AND business_id IS NOT DISTINCT FROM $1::uuid AND ${column} = $2${dialect === undefined ? '' : ' AND dialect = $3'}
  ORDER BY id FOR NO KEY UPDATE
)
SELECT string_agg(id::text, ',') AS ids FROM due`;
    const name = `lock_tokens_by_${column}${dialect === undefined ? '' : '_in_dialect'}`;
    const values = [businessId, ownerId, ...(dialect === undefined ? [] : [dialect])];
    const [locked] = await queryPreparedIn<{ ids: string | null }>(manager, { name, text }, values);
    const due = locked?.ids ?? '';
    // Cut off as they are needed: a list of ten thousand would be copied by the next collections of garbage.
    for (let start = 0; start < due.length; start += TOKENS_A_STATEMENT * ID_AND_COMMA) {
      const ids = due.slice(start, start + TOKENS_A_STATEMENT * ID_AND_COMMA - 1).split(',');
      yield this.revokeThese(ids, { revokedBy, reason }, manager);
    }
  }

  /**
   * A token and what comes from it: successors by rotation, and tokens that were issued with it; null: there is no such token.
   * @param of.anybody false: only what belongs to the owner of the token
   * @param of.everyLog false: only what is in the log of the token
   */
  async findDerived(
    { businessId, tokenId, kind }: { businessId: string | null; tokenId: string; kind: TokenKind },
    { successors, children }: { successors: boolean; children: boolean },
    of: { anybody: boolean; everyLog: boolean },
    manager: EntityManager,
  ): Promise<DerivedRow | null> {
    const values = [businessId, tokenId, successors, children, kind, of.anybody, of.everyLog];
    const [row] = await queryPreparedIn<DerivedRow>(manager, FIND_DERIVED, values);
    return row ?? null;
  }

  /** Revokes the tokens with these ids, and returns them in parts of the same size. */
  async *revokeInParts(
    ids: readonly string[],
    facts: Omit<RevocationFacts, 'businessId'>,
    manager: EntityManager,
  ): AsyncGenerator<RevokedRow[]> {
    const parts = Math.ceil(ids.length / TOKENS_A_STATEMENT);
    const size = Math.ceil(ids.length / parts);
    for (let start = 0; start < ids.length; start += size)
      yield this.revokeThese(ids.slice(start, start + size), facts, manager);
  }

  /** Revokes the tokens with these ids. */
  revokeThese(
    ids: readonly string[],
    { revokedBy, reason }: Omit<RevocationFacts, 'businessId'>,
    manager: EntityManager,
  ): Promise<RevokedRow[]> {
    return queryPreparedIn<RevokedRow>(manager, REVOKE_THESE, [ids, revokedBy, reason]);
  }

  /** The ids of a token's active successors by rotation, in order. */
  async findLiveSuccessors(
    businessId: string | null,
    tokenId: string,
    manager: EntityManager,
  ): Promise<string[]> {
    const values = [businessId, tokenId];
    const rows = await queryPreparedOn<{ id: string }>(
      await sessionOf(manager),
      FIND_LIVE_SUCCESSORS,
      values,
    );
    return rows.map(({ id }) => id);
  }
}

function ownerOf(tokensOf: TokensOf): [column: string, id: string] {
  if ('memberId' in tokensOf) return ['member_id', tokensOf.memberId];
  return 'platform' in tokensOf ? ['owner_kind', 'platform'] : ['identity_id', tokensOf.identityId];
}
