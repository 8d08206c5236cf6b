import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../auth/caller.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import { demandAuthorityOver, seesAllTokens } from '../auth/principal.js';
import { Changes } from '../changes/changes.js';
import { refusal } from '../common/errors/domain-error.js';
import {
  continuedAt,
  cutPage,
  decodeCursor,
  type CursorPosition,
  type Page,
  type PageDirection,
} from '../common/page.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { MembersRepository } from '../directory/members/members.repository.js';
import type { DerivedRow } from '../revocations/derived/derived-tokens.sql.js';
import { ITSELF_ALONE, type RevocationReach } from '../revocations/derived/revocation-reach.js';
import type { RevocationWatch } from '../revocations/progress/revocation-progress.dto.js';
import {
  manageableTokens,
  OF_NOBODY,
  ownTokens,
  readableTokens,
  narrowedTo,
} from '../token-rows/token-access.js';
import { addressesInChange, labelsInChange } from '../token-rows/logged-labels.js';
import { authorityOfHolder, type OwnerFilter } from '../token-rows/token-owner.js';
import { BOUND_LABELS } from '../token-schema/derived.js';
import { StatedRevocations } from '../integrity/stated-revocations.js';
import { TokenRevocationService, type Revocation } from '../revocations/token-revocation.service.js';
import { TokenPagesRepository } from '../token-rows/selection/token-pages.repository.js';
import type { TokenSelector } from '../token-rows/selection/token-selector.js';
import { WALK_BOUNDS } from '../token-rows/selection/token-walk.sql.js';
import { bindToAddresses } from './credential-limits.js';
import { isSortValue, sortValueOf, type TokenSort } from '../token-rows/token-sort.js';
import { TokensRepository, type TokenChanges } from './tokens.repository.js';
import type { Token } from '../token-rows/token.entity.js';

interface ListRequest {
  limit: number;
  cursor?: string | undefined;
  direction: PageDirection;
  sort: TokenSort;
  descending: boolean;
  includeRevoked: boolean;
  includeTotalCount: boolean;
  /** The filters; omitted: none. */
  selector?: TokenSelector | undefined;
  /** Whether a page may be short, with a cursor to continue from, instead of reading any number of tokens. */
  isBounded?: boolean | undefined;
  /** Another owner's tokens, for callers who may see all. */
  ownerEmail?: string | undefined;
  identityId?: string | undefined;
  /**
   * The same by id (null: anybody's), for dialects where callers may ask for any owner and get the tokens that they may
   * see.
   */
  owner?: OwnerFilter | undefined;
}

/** Reads, changes and revokes tokens, as far as the caller may. Issue and rotation have services of their own. */
@Injectable()
export class TokensService {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly pages: TokenPagesRepository,
    private readonly members: MembersRepository,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
    private readonly revokeLane: RevokeLane,
    private readonly demands: ScopeDemands,
    private readonly stated: StatedRevocations,
  ) {}

  /** The caller's own tokens, or those of an owner that an administrator or auditor names; `*`: all tokens. */
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
        ? await this.listedOwner(caller, request.ownerEmail, request.identityId)
        : narrowedTo(request.owner, readableTokens(caller));
    const selection = { owner, includeRevoked, selector: request.selector ?? {} };
    const { tokens, goesOnAt } = await this.pages.page(businessId, {
      ...selection,
      sort,
      descending: request.descending,
      direction,
      limit,
      after,
      bounds: request.isBounded === true ? WALK_BOUNDS : null,
    });
    const positionOf = (token: Token): CursorPosition => ({
      sort: sortName,
      value: sortValueOf(token, sort),
      id: token.id,
    });
    const total = request.includeTotalCount ? await this.pages.total(businessId, selection) : {};
    await this.stated.ofTokens(tokens);
    const page = cutPage(tokens, { limit, direction, cursorGiven: after !== null, positionOf });
    return goesOnAt === null
      ? { ...page, ...total }
      : { ...page, ...continuedAt({ ...goesOnAt, sort: sortName }, direction), ...total };
  }

  /** @throws DomainError `token.not_found` for any token the caller may not see */
  async get(caller: BusinessCaller, tokenId: string): Promise<Token> {
    const token = await this.tokens.find(caller.businessId, tokenId, readableTokens(caller));
    if (token === null) throw refusal('token.not_found');
    await this.stated.ofTokens([token]);
    return token;
  }

  /** What ends with a token if it has leaked. @throws DomainError `token.not_found` */
  async lineage(businessId: string, tokenId: string): Promise<DerivedRow> {
    const lineage = await this.tokens.lineage(businessId, tokenId);
    if (lineage === null) throw refusal('token.not_found');
    return lineage;
  }

  /**
   * The tokens of one identity, last changed first, revoked ones included.
   * @throws DomainError `permission.denied` for a caller who may not see them
   */
  async listOfIdentity(
    caller: BusinessCaller,
    identityId: string,
    range: { offset: number; limit: number },
  ): Promise<Token[]> {
    const owner = { identityId };
    if (narrowedTo(owner, readableTokens(caller)) !== owner) throw refusal('permission.denied');
    return this.stated.ofTokens(await this.tokens.lastChanged(caller.businessId, owner, range));
  }

  /**
   * Changes the descriptive fields of a token, and the addresses that it may be used from. If external id, metadata or
   * addresses change, which verdicts depend on, it resolves once no verifier answers with the earlier values.
   * @throws DomainError `token.not_found`; `permission.denied` for a token of a higher authority; those of bindToAddresses
   */
  async change(
    caller: BusinessCaller,
    tokenId: string,
    { trustedIps, ...fields }: TokenChanges & { trustedIps?: string[] | null },
  ): Promise<Token> {
    const { businessId } = caller;
    const isJudged = trustedIps !== undefined || BOUND_LABELS.some((name) => fields[name] !== undefined);
    return this.changes.make(caller, businessId, isJudged ? 'wait' : 'unconcerned', async (change) => {
      const { manager } = change;
      const before = await this.tokens.find(businessId, tokenId, manageableTokens(caller), manager);
      if (before === null) throw refusal('token.not_found');
      demandAuthorityOver(caller.principal, authorityOfHolder(before));
      if (Object.keys(fields).length === 0 && trustedIps === undefined) return before;
      if (trustedIps !== undefined) await bindToAddresses(caller, before, trustedIps, this.tokens, manager);
      if ((await this.tokens.change(businessId, tokenId, fields, manager)) === 0)
        throw refusal('token.not_found');
      const after = (await this.tokens.find(businessId, tokenId, null, manager)) as Token;
      change.record({
        action: 'token.changed',
        target: { kind: 'token', id: tokenId },
        details: {
          name_before: before.name,
          name_after: after.name,
          description_before: before.description,
          description_after: after.description,
          ...labelsInChange(before, after),
          ...addressesInChange(before.trustedIps, after.trustedIps),
        },
      });
      return after;
    });
  }

  /**
   * Revokes a token of the caller, for an administrator a token of anybody, or the calling token itself, whatever its
   * scopes. Also revokes the tokens that come from it, as far as `reach` says and the caller may. See
   * TokenRevocationService for the guarantees.
   */
  async revokeAsCaller(
    caller: BusinessCaller,
    tokenId: string,
    reason: string | null,
    reach: RevocationReach = ITSELF_ALONE,
    watch?: RevocationWatch,
  ): Promise<Revocation> {
    const { principal } = caller;
    if (principal.token.id !== tokenId) this.demands.demand(principal, 'rescind:tokens:write');
    return this.revokeAmong(manageableTokens(caller), caller, tokenId, reason, reach, watch);
  }

  /** Revokes one of the tokens in `among`, or the calling token itself. @throws DomainError `token.not_found` */
  async revokeAmong(
    among: OwnerFilter,
    caller: BusinessCaller,
    tokenId: string,
    reason: string | null,
    reach: RevocationReach = ITSELF_ALONE,
    watch?: RevocationWatch,
  ): Promise<Revocation> {
    const { principal, businessId } = caller;
    if (among !== null && principal.token.id !== tokenId) await this.demand(businessId, tokenId, among);
    if (!reach.successors && !reach.children)
      return this.revocations.revokeById(businessId, tokenId, caller, reason, { watch });
    const ofAnybody = among === null && this.demands.holds(principal, 'rescind:tokens:write');
    const request = { businessId, tokenId, reason, reach, ofAnybody };
    return this.revocations.revokeWithDerived(request, caller, watch);
  }

  /** As `revokeAmong`; returns the token after the revocation. */
  async revokeAndGet(
    among: OwnerFilter,
    caller: BusinessCaller,
    tokenId: string,
    reason: string | null,
  ): Promise<Token> {
    await this.revokeAmong(among, caller, tokenId, reason);
    return this.demand(caller.businessId, tokenId, readableTokens(caller));
  }

  /**
   * Uses the sessions of revocations, which do not wait for management calls. @throws DomainError `token.not_found`
   */
  private async demand(businessId: string, tokenId: string, among: OwnerFilter): Promise<Token> {
    const token = await this.revokeLane.look(businessId, (manager) =>
      this.tokens.find(businessId, tokenId, among, manager),
    );
    if (token === null) throw refusal('token.not_found');
    return token;
  }

  /** @throws DomainError `permission.denied` for tokens that the caller may not read */
  private async listedOwner(
    caller: BusinessCaller,
    ownerEmail: string | undefined,
    identityId: string | undefined,
  ): Promise<OwnerFilter> {
    if (identityId !== undefined) {
      const owner = { identityId };
      if (narrowedTo(owner, readableTokens(caller)) !== owner)
        throw refusal('permission.denied', { scope: 'rescind:business:admin' });
      return owner;
    }
    if (ownerEmail === undefined) return defaultListFilter(caller);
    if (!seesAllTokens(caller.principal) && ownerEmail !== caller.principal.token.owner.email) {
      throw refusal('permission.denied', {
        scope: 'rescind:business:admin',
      });
    }
    if (ownerEmail === '*') return null;
    const member = await this.members.findByEmail(caller.businessId, ownerEmail.toLowerCase());
    return member === null ? OF_NOBODY : { memberId: member.id };
  }
}

/** If no owner is named: the caller's own tokens, or all if the caller is the platform, which owns none here. */
function defaultListFilter({ principal }: BusinessCaller): OwnerFilter {
  return principal.authority === 'platform' ? null : ownTokens(principal);
}
