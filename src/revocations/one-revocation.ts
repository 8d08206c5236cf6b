import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { SYSTEM_CONTEXT, type AuditContext, type AuditDraft } from '../audit/trail/audit-draft.js';
import { Changes } from '../changes/changes.js';
import { claimOnToken, ROWS_HELD, type SharedItem, type SharedWork } from '../changes/shared-work.js';
import { poolOf, sessionOf } from '../database/prepared.js';
import type { DerivedCause } from './derived/derived-tokens.sql.js';
import {
  type CommittedRevocation,
  RevocationsRepository,
  type RevokedRow,
} from './revocations.repository.js';
import type { TokenKind } from '../token-rows/token.entity.js';

/** One token to be revoked. */
interface RevocationRequest {
  /** null: one of the platform's own. */
  businessId: string | null;
  tokenId: string;
  /** There is no such token if it is of the other kind. */
  kind: TokenKind;
  author: AuditContext;
  reason: string | null;
}

/** A revocation in its transaction: `event` has no place in the log yet; null: an earlier one that was found. */
type Marked = CommittedRevocation & { event: AuditDraft | null };

/**
 * Revocations of single tokens: those that are asked for at once share a transaction, with sessions that nothing else uses, and
 * the first revocation of a token wins (docs/adr/0013).
 */
@Injectable()
export class OneRevocation implements SharedWork<RevocationRequest, Marked | null> {
  readonly verifiers = 'wait';
  readonly lane = 'ends';
  readonly firstWins = true;

  constructor(
    private readonly changes: Changes,
    private readonly revocations: RevocationsRepository,
  ) {}

  /**
   * Resolves once the revocation, or the earlier one that was found, is committed; null: there is no such token. A token may
   * always revoke itself, whatever its state.
   * @throws as Changes.commitShared; after the loss of the connection it is not known whether the token is revoked
   */
  async commit(request: RevocationRequest): Promise<CommittedRevocation | null> {
    const { author, businessId, tokenId } = request;
    const by = author.proof?.tokenId === tokenId ? { ...author, proof: null } : author;
    const { result, recorded } = await this.changes.commitShared(this, by, businessId, request);
    if (result?.event == null) return result;
    return { ...result, auditSequence: recorded.get(result.event)?.sequence ?? null };
  }

  claims({ tokenId }: RevocationRequest): string[] {
    return [claimOnToken(tokenId)];
  }

  awaitRows(
    { tokenId }: RevocationRequest,
    businessId: string | null,
    dataSource: DataSource,
  ): Promise<void> {
    return this.revocations.awaitRow(poolOf(dataSource), businessId, tokenId);
  }

  async run(
    items: readonly SharedItem<RevocationRequest>[],
    manager: EntityManager,
    mayWait: boolean,
  ): Promise<(Marked | null | typeof ROWS_HELD)[]> {
    const inputs = items.map(({ input }) => input);
    const session = await sessionOf(manager);
    const facts = inputs.map((input) => ({ ...input, revokedBy: input.author.label }));
    const rows = await this.revocations.revokeTokens(session, facts, mayWait ? 'wait' : 'skip');
    const results = items.map((): Marked | null | typeof ROWS_HELD => null);
    const marked = new Map<string, Marked>();
    for (const row of rows) {
      const number = row.number - 1;
      if (row.id === null) results[number] = ROWS_HELD;
      else {
        const now = markedAs(items[number] as SharedItem<RevocationRequest>, row);
        marked.set(row.id, now);
        // It comes before its predecessors in their grace; if it is missing, only they were revoked.
        if (row.id === inputs[number]?.tokenId) results[number] = now;
        else if (row.revoked_with === null) ((results[number] as Marked | null) ?? now).tokensRevoked++;
      }
    }
    // If nothing was marked for a request, its token was revoked earlier, maybe by another one here, or does not exist.
    const late = inputs.flatMap((input, number) => {
      if (results[number] !== null) return [];
      const here = markedHere(input, marked);
      if (here === null) return [{ input, number }];
      results[number] = { ...here, row: { ...here.row }, first: false, tokensRevoked: 0 };
      return [];
    });
    if (late.length > 0) {
      const found = await this.revocations.findRevoked(
        session,
        late.map(({ input }) => input),
      );
      late.forEach(({ number }, index) => {
        const facts = found[index] ?? null;
        results[number] = facts && { ...facts, event: null };
      });
    }
    return results;
  }
}

/** Records that a token was revoked. */
function markedAs({ input, change }: SharedItem<RevocationRequest>, row: RevokedRow): Marked {
  const event = change.record(revocationEvent(input, row, originOf(input, row)));
  // A token that was cut off before was revoked by the cut-off; here it was only marked.
  const first = row.revoked_with === null;
  const { transactionId } = change;
  return { row, first, tokensRevoked: first ? 1 : 0, auditSequence: null, transactionId, event };
}

function markedHere(
  { tokenId, businessId, kind }: RevocationRequest,
  marked: ReadonlyMap<string, Marked>,
): Marked | null {
  const found = marked.get(tokenId);
  return found?.event?.businessId === businessId && found.row.kind === kind ? found : null;
}

/** A transaction revokes the requested tokens, and their predecessors in their grace. */
function originOf({ tokenId }: RevocationRequest, { id }: RevokedRow): RevocationOrigin {
  return id === tokenId ? { cause: 'request', origin: null } : { cause: 'grace', origin: tokenId };
}

/** Why a token was revoked: on request, or together with another token (`origin`). */
interface RevocationOrigin {
  cause:
    | 'request'
    | 'owner'
    | 'cut_off'
    | 'policy'
    | 'selection'
    | 'signed_out'
    | 'account_unlinked'
    | DerivedCause;
  origin: string | null;
}

/**
 * The event of a revoked token; for one that was cut off before, the event of its marking. That has no actor of its own: the event
 * of the cut-off names who made it.
 */
export function revocationEvent(
  { businessId, author, reason }: Pick<RevocationRequest, 'businessId' | 'author' | 'reason'>,
  row: RevokedRow,
  { cause, origin }: RevocationOrigin,
): AuditDraft<'token.revoked'> {
  const isMarking = row.revoked_with !== null;
  const { actor, request } = isMarking ? SYSTEM_CONTEXT : author;
  return {
    businessId,
    actor,
    action: 'token.revoked',
    target: { kind: 'token', id: row.id },
    reason: isMarking ? row.revocation_reason : reason,
    request,
    details: {
      jti: row.jti,
      name: row.name,
      owner: row.owner,
      cause: isMarking ? 'cut_off' : cause,
      revoked_with: row.revoked_with ?? origin,
      revoked_by: isMarking ? row.revoked_by : author.label,
      ...(row.kind === 'session' ? { is_session: true as const } : {}),
      ...(request.claimedUser === undefined ? {} : { claimed_user: request.claimedUser }),
      ...(isMarking ? { revoked_at: row.revoked_at.toISOString() } : {}),
    },
  };
}
