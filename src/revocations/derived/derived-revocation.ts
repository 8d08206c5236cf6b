import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { AuditContext } from '../../audit/trail/audit-draft.js';
import { beginChange } from '../../audit/trail/begin-change.js';
import type { Change, ChangeEvent } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { emptied, sessionOf } from '../../database/prepared.js';
import { seeEveryBusiness } from '../../database/row-access.js';
import { MemberAccountsRepository } from '../../directory/members/member-accounts.repository.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import type { BarrierFacts } from '../../lease/barrier-facts.js';
import type { BarrierWatch } from '../../lease/barrier-progress.js';
import { revocationEvent } from '../one-revocation.js';
import { RevocationsRepository, TOKENS_A_STATEMENT } from '../revocations.repository.js';
import type { TokenKind } from '../../token-rows/token.entity.js';
import type { DerivedCause, DerivedRow } from './derived-tokens.sql.js';
import { RoleMappings } from './role-mappings.js';
import type { RevocationReach } from './revocation-reach.js';

/** A token that is not revoked yet, among those that come from another one. */
interface DerivedToken {
  id: string;
  /** null: one of the platform's own. */
  businessId: string | null;
  /** null: the given token itself. */
  cause: DerivedCause | null;
  /** The token that it comes from. */
  origin: string | null;
}

/**
 * The tokens of a text of FIND_DERIVED, in its order, at most `count` at a time. Cut off as they are needed: ten thousand at once
 * would hold the event loop.
 */
function* derivedTokensIn(text: string, count: number): Generator<DerivedToken[]> {
  let part: DerivedToken[] = [];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    part.push(tokenOf(text.slice(start, end)));
    start = end + 1;
    if (part.length < count) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function tokenOf(line: string): DerivedToken {
  const [id = '', businessId = '', cause = '', origin = ''] = line.split(',');
  return {
    id,
    businessId: businessId || null,
    cause: (cause || null) as DerivedCause | null,
    origin: origin || null,
  };
}

/** A token to be revoked together with the tokens that come from it. */
export interface DerivedRevocationRequest {
  /** null: one of the platform's own. */
  businessId: string | null;
  tokenId: string;
  /** Left out: an API token. */
  kind?: TokenKind;
  reason: string | null;
  reach: RevocationReach;
  /** False: only what belongs to the owner of the token itself. */
  ofAnybody: boolean;
  /** Events to be recorded before it, in the same transaction: the cause. */
  evidence?: ChangeEvent;
}

interface DerivedOutcome {
  /** Whether the token itself was revoked now, and not before. */
  first: boolean;
  tokensRevoked: number;
  /** What was waited for until the token itself was refused everywhere. */
  barrier: BarrierFacts;
}

/** Revokes tokens together with the tokens that come from them. */
@Injectable()
export class DerivedRevocation {
  constructor(
    private readonly changes: Changes,
    private readonly revocations: RevocationsRepository,
    private readonly accounts: MemberAccountsRepository,
    private readonly members: MembersRepository,
    private readonly modules: ModuleRef,
  ) {}

  /**
   * Revokes the token, which may already be revoked, and the tokens that come from it as far as `reach` says, each with
   * its event; with children, the accounts that were linked with any of them are taken from their members, whom they added and
   * nobody else vouches for is deactivated, whom they raised has the role of before, and what they put into role mappings is taken out. In a business
   * this is one transaction. Rotating and issuing there lock the same log, so no token is
   * missed and none is made afterwards. A platform token acts in many logs. So it and the platform tokens that it issued
   * are revoked first; when nobody can act with them any more, a second transaction revokes what they issued in
   * businesses. Resolves only when no verifier can answer "active" for any of them any more (R1).
   * @param committed is called when the token itself is revoked, and says who is told of the wait for that
   * @throws DomainError `token.not_found`
   */
  async revokeDerived(
    request: DerivedRevocationRequest,
    author: AuditContext,
    committed?: () => BarrierWatch | undefined,
  ): Promise<DerivedOutcome> {
    const { businessId } = request;
    const work = async (change: Change): Promise<Omit<DerivedOutcome, 'barrier'>> => {
      if (request.evidence !== undefined) change.record(request.evidence);
      const found = await this.find(change, request);
      return {
        first: !found.revoked && !found.is_cut_off,
        tokensRevoked: await this.endAll(change, author, request, found),
      };
    };
    const { result, barrier } = await this.changes.end(author, businessId, work, { committed });
    const own = { ...result, barrier };
    if (businessId !== null) return own;
    // The actor was proven; the request is completed even if it has revoked the actor's own token.
    const inBusinesses = await this.changes.endEverywhere({ ...author, proof: null }, null, (change) =>
      this.endInBusinesses(change, author, request),
    );
    return { ...own, tokensRevoked: own.tokensRevoked + inBusinesses };
  }

  /**
   * Revokes the tokens that are due in the log of `change`, until no new ones are found: a change that was waited for may
   * have made more. Then takes away what else they made.
   */
  private async endAll(
    change: Change,
    author: AuditContext,
    request: DerivedRevocationRequest,
    first: DerivedRow,
  ): Promise<number> {
    let revoked = 0;
    let found = first;
    for (; found.due !== null; found = await this.find(change, request))
      revoked += await this.end(change, author, request, found.due);
    await this.unmake(change, request, found);
    return revoked;
  }

  private async endInBusinesses(
    change: Change,
    author: AuditContext,
    request: DerivedRevocationRequest,
  ): Promise<number> {
    await seeEveryBusiness(change.manager);
    const { businesses } = await this.find(change, request, true);
    await beginChange(await sessionOf(change.manager), businesses?.split(',') ?? [], []);
    await seeEveryBusiness(change.manager);
    const found = await this.find(change, request, true);
    const revoked = found.due === null ? 0 : await this.end(change, author, request, found.due);
    await this.unmake(change, request, found);
    return revoked;
  }

  /** Takes away what tokens have made that is no token. No last owner stays for it: what has leaked vouches for nobody. */
  private async unmake(
    change: Change,
    { reason }: DerivedRevocationRequest,
    { accounts, members, raised, mappings }: DerivedRow,
  ): Promise<void> {
    for (const { id, businessId, memberId, issuer, subject, linkedByToken } of accounts ?? []) {
      if ((await this.accounts.remove(businessId, memberId, id, change.manager)) === 0) continue;
      const target = { kind: 'member', id: memberId } as const;
      const details = { issuer, subject, linked_by_token: linkedByToken };
      const action = 'member.account_unlinked' as const;
      change.record({ businessId, action, target, reason, details });
    }
    for (const { id, businessId, email, addedByToken } of members ?? []) {
      if ((await this.members.deactivate(businessId, id, change.manager)) === 0) continue;
      const target = { kind: 'member', id } as const;
      const details = { email, tokens_revoked: 0, added_by_token: addedByToken };
      const action = 'member.deactivated' as const;
      change.record({ businessId, action, target, reason, details });
    }
    const roles = this.modules.get(RoleMappings, { strict: false });
    for (const each of raised ?? [])
      await change.within(each.businessId, (within) => roles.takeBack(within, each, reason));
    for (const { businessId, ...mapping } of mappings ?? [])
      await change.within(businessId, (within) => roles.setIn(within, businessId, mapping, null));
  }

  private async find(
    change: Change,
    { reach, ofAnybody, kind = 'api', ...of }: DerivedRevocationRequest,
    everyLog = false,
  ): Promise<DerivedRow> {
    const token = { businessId: of.businessId, tokenId: of.tokenId, kind };
    const whose = { anybody: ofAnybody, everyLog };
    const found = await this.revocations.findDerived(token, reach, whose, change.manager);
    if (found === null) throw refusal('token.not_found');
    return found;
  }

  private async end(
    change: Change,
    author: AuditContext,
    { reason, tokenId }: DerivedRevocationRequest,
    due: string,
  ): Promise<number> {
    const facts = { revokedBy: author.label, reason };
    let revoked = 0;
    for (const part of derivedTokensIn(due, TOKENS_A_STATEMENT)) {
      const origins = new Map(part.map((token) => [token.id, token]));
      const rows = await this.revocations.revokeThese([...origins.keys()], facts, change.manager);
      for (const row of rows) {
        const { businessId, cause, origin } = origins.get(row.id) as DerivedToken;
        change.record(
          revocationEvent({ businessId, author, reason }, row, { cause: cause ?? 'request', origin }),
        );
        // The sessions that were opened with them end with them, and are not counted.
        if (row.revoked_with === null && (row.kind === 'api' || row.id === tokenId)) revoked++;
      }
      emptied(rows);
      await change.writeSoFar();
    }
    return revoked;
  }
}
