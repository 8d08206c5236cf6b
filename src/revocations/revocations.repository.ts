import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { queryPreparedIn, queryPreparedOn, sessionOf, type Session } from '../database/prepared.js';
import { PLATFORM_ROWS } from '../database/row-access.js';
import {
  FIND_DERIVED,
  FIND_LIVE_SUCCESSORS,
  REVOKE_THESE,
  type DerivedRow,
} from './derived/derived-tokens.sql.js';
import {
  AWAIT_ROW,
  type EarlierRevocationRow,
  FIND_REVOKED,
  IS_CUT_OFF,
  type RevocationRow,
  REVOKE_SKIP_LOCKED,
  REVOKE_WAITING,
  type RevokedRow,
} from './revoke.sql.js';
import type { Dialect, TokenKind } from '../token-rows/token.entity.js';

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
  /** Waits until the row of the token is not locked. */
  async awaitRow(session: Session, businessId: string | null, tokenId: string): Promise<void> {
    const rowAccess = businessId ?? PLATFORM_ROWS;
    await queryPreparedOn(session, { ...AWAIT_ROW, rowAccess }, [businessId, tokenId]);
  }

  /**
   * Revokes one token for each request, with its predecessors in their grace. Locked rows are waited for, or are left
   * out and reported with an `id` of null.
   */
  revokeTokens(
    session: Session,
    requests: readonly (RevocationFacts & { tokenId: string; kind?: TokenKind })[],
    heldRows: 'wait' | 'skip',
  ): Promise<RevocationRow[]> {
    return queryPreparedOn<RevocationRow>(
      session,
      heldRows === 'wait' ? REVOKE_WAITING : REVOKE_SKIP_LOCKED,
      [
        requests.map(({ businessId }) => businessId),
        requests.map(({ tokenId }) => tokenId),
        requests.map(({ revokedBy }) => revokedBy),
        requests.map(({ reason }) => reason),
        requests.map(({ kind = 'api' }) => kind),
      ],
    );
  }

  /** For each of the tokens the facts of its revocation; null: it is not revoked, or does not exist. */
  async findRevoked(
    session: Session,
    tokens: readonly TokenOfKind[],
  ): Promise<(CommittedRevocation | null)[]> {
    const rows = await queryPreparedOn<EarlierRevocationRow>(session, FIND_REVOKED, [
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

  /** Whether a token was cut off, marked or not. */
  async isCutOff(session: Session, businessId: string | null, tokenId: string): Promise<boolean> {
    const [row] = await queryPreparedOn<{ is_cut_off: boolean }>(session, IS_CUT_OFF, [businessId, tokenId]);
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
