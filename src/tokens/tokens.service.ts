import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../auth/caller.js';
import { demandScope } from '../auth/scope.guard.js';
import { demandAuthorityOver, seesAllTokens } from '../auth/principal.js';
import { Changes } from '../changes/changes.js';
import { DomainError } from '../common/errors/domain-error.js';
import { cutPage, decodeCursor, type CursorPosition, type Page, type PageDirection } from '../common/page.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { MembersRepository } from '../members/members.repository.js';
import { covers } from '../verification/scopes.js';
import { ITSELF_ALONE, type RevocationReach } from './derived/revocation-reach.js';
import { manageableTokens, OF_NOBODY, ownTokens, readableTokens, within } from './token-access.js';
import { authorityOfHolder, type OwnerFilter } from './token-owner.js';
import { TokenRevocationService, type Revocation } from './token-revocation.service.js';
import { isSortValue, sortValueOf, type TokenSort } from './token-sort.js';
import { TokensRepository } from './tokens.repository.js';
import type { Token } from './token.entity.js';

export interface ListRequest {
  limit: number;
  cursor?: string | undefined;
  direction: PageDirection;
  sort: TokenSort;
  descending: boolean;
  includeRevoked: boolean;
  includeTotalCount: boolean;
  /** Somebody else's tokens, for those who see all. */
  ownerEmail?: string | undefined;
  /** The same by id (null: anybody's), for callers that may ask for any and get what they may see. */
  owner?: OwnerFilter | undefined;
}

/** Reading, renaming and revoking tokens, as far as the caller may. Issue and rotation have services of their own. */
@Injectable()
export class TokensService {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly members: MembersRepository,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
    private readonly revokeLane: RevokeLane,
  ) {}

  /** The caller's own tokens, or those of an owner that an administrator or auditor names; `*` names all. */
  async list(caller: BusinessCaller, request: ListRequest): Promise<Page<Token>> {
    const { businessId } = caller;
    const { sort, direction, limit, includeRevoked } = request;
    const sortName = `${sort} ${request.descending ? 'desc' : 'asc'}`;
    const after =
      request.cursor === undefined
        ? null
        : decodeCursor(request.cursor, sortName, (value) => isSortValue(sort, value));
    const owner =
      request.owner === undefined
        ? await this.listedOwner(caller, request.ownerEmail)
        : within(request.owner, readableTokens(caller));
    const rows = await this.tokens.page(businessId, {
      sort,
      descending: request.descending,
      direction,
      limit,
      includeRevoked,
      owner,
      after,
    });
    const positionOf = (token: Token): CursorPosition => ({
      sort: sortName,
      value: sortValueOf(token, sort),
      id: token.id,
    });
    const total = request.includeTotalCount
      ? await this.tokens.count(businessId, includeRevoked, owner)
      : null;
    return { ...cutPage(rows, { limit, direction, cursorGiven: after !== null, positionOf }), total };
  }

  /** @throws DomainError `token.not_found` for any token the caller may not see */
  async get(caller: BusinessCaller, tokenId: string): Promise<Token> {
    const token = await this.tokens.find(caller.businessId, tokenId, readableTokens(caller));
    if (token === null) throw new DomainError('token.not_found', 'Resource not found');
    return token;
  }

  /**
   * The tokens of one identity, last changed first, revoked ones included.
   * @throws DomainError `permission.denied` for whoever sees only other tokens
   */
  async listOfIdentity(
    caller: BusinessCaller,
    identityId: string,
    range: { offset: number; limit: number },
  ): Promise<Token[]> {
    const owner = { identityId };
    if (within(owner, readableTokens(caller)) !== owner)
      throw new DomainError('permission.denied', 'Not enough permissions');
    return this.tokens.lastChanged(caller.businessId, owner, range);
  }

  /** @throws DomainError `token.not_found`; `permission.denied` for a token of a higher authority */
  async rename(
    caller: BusinessCaller,
    tokenId: string,
    fields: { name?: string | null; description?: string | null },
  ): Promise<Token> {
    const { businessId } = caller;
    return this.changes.make(caller, businessId, async (change) => {
      const { manager } = change;
      const before = await this.tokens.find(businessId, tokenId, manageableTokens(caller), manager);
      if (before === null) throw new DomainError('token.not_found', 'Resource not found');
      demandAuthorityOver(caller.principal, authorityOfHolder(before));
      if (Object.keys(fields).length === 0) return before;
      await this.tokens.rename(businessId, tokenId, fields, manager);
      const after = (await this.tokens.find(businessId, tokenId, null, manager)) as Token;
      change.record({
        action: 'token.renamed',
        target: { kind: 'token', id: tokenId },
        details: { name_before: before.name, name_after: after.name },
      });
      return after;
    });
  }

  /**
   * Revokes a token of the caller's, or for an administrator of anybody's, or the calling token itself, whatever its
   * scopes; and what comes from it, as far as `reach` goes and the caller may revoke it. See TokenRevocationService for
   * what is guaranteed.
   */
  async revoke(
    caller: BusinessCaller,
    tokenId: string,
    reason: string | null,
    reach: RevocationReach = ITSELF_ALONE,
  ): Promise<Revocation> {
    const { principal } = caller;
    if (principal.token.id !== tokenId) demandScope(principal, 'rescind:tokens:write');
    return this.revokeAmong(manageableTokens(caller), caller, tokenId, reason, reach);
  }

  /** Revokes one of the tokens in `among`, or the calling token itself. @throws DomainError `token.not_found` */
  async revokeAmong(
    among: OwnerFilter,
    caller: BusinessCaller,
    tokenId: string,
    reason: string | null,
    reach: RevocationReach = ITSELF_ALONE,
  ): Promise<Revocation> {
    const { principal, businessId } = caller;
    if (among !== null && principal.token.id !== tokenId) await this.demand(businessId, tokenId, among);
    if (!reach.successors && !reach.children)
      return this.revocations.revoke(businessId, tokenId, caller, reason);
    const ofAnybody = among === null && covers(principal.scopes, 'rescind:tokens:write');
    return this.revocations.revokeWithDerived({ businessId, tokenId, reason, reach, ofAnybody }, caller);
  }

  /** As `revokeAmong`, with the token as it is then. */
  async revokeAndGet(
    among: OwnerFilter,
    caller: BusinessCaller,
    tokenId: string,
    reason: string | null,
  ): Promise<Token> {
    await this.revokeAmong(among, caller, tokenId, reason);
    return this.demand(caller.businessId, tokenId, readableTokens(caller));
  }

  /** Among the revocations' own looks, which wait for no management. @throws DomainError `token.not_found` */
  private async demand(businessId: string, tokenId: string, among: OwnerFilter): Promise<Token> {
    const token = await this.revokeLane.look(businessId, ({ manager }) =>
      this.tokens.find(businessId, tokenId, among, manager),
    );
    if (token === null) throw new DomainError('token.not_found', 'Resource not found');
    return token;
  }

  private async listedOwner(caller: BusinessCaller, ownerEmail: string | undefined): Promise<OwnerFilter> {
    if (ownerEmail === undefined) return defaultListFilter(caller);
    if (!seesAllTokens(caller.principal) && ownerEmail !== caller.principal.token.owner.email) {
      throw new DomainError('permission.denied', 'Not enough permissions', {
        scope: 'rescind:business:admin',
      });
    }
    if (ownerEmail === '*') return null;
    const member = await this.members.findByEmail(caller.businessId, ownerEmail.toLowerCase());
    return member === null ? OF_NOBODY : { memberId: member.id };
  }
}

/** Without an owner named: the caller's own, or everything when the caller is the platform, which owns nothing here. */
function defaultListFilter({ principal }: BusinessCaller): OwnerFilter {
  return principal.authority === 'platform' ? null : ownTokens(principal);
}
