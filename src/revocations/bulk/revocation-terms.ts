import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver, managesAllTokens, seesAllTokens } from '../../auth/principal.js';
import { refusal } from '../../common/errors/domain-error.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { reachesUpTo, type Authority } from '../../verification/effective-scopes.js';
import type { CutOffSelector } from '../cut-offs/cut-offs.repository.js';
import { CutOffsService, type CutOffTarget } from '../cut-offs/cut-offs.service.js';
import { OF_NOBODY, ownTokens } from '../../token-rows/token-access.js';
import type { OwnerFilter } from '../../token-rows/token-owner.js';
import { selectorOfWords, type RevocationAim, type SelectionWords } from './revocation-aim.js';
import type { Matched } from './survey.sql.js';

/** What was asked for, as it is kept: whose tokens that means, and with which authority, is that of whoever asked. */
export type RevocationTerms = { authority: Authority; reason: string } & (
  | { kind: 'cut_off'; selector: CutOffSelector; issuedBefore: string | null }
  | { kind: 'selection'; selector: SelectionWords; owner: OwnerFilter }
);

/** The tokens that terms mean, as far as their author may touch them. */
export interface MeantTokens {
  matched: Matched;
  mayTouchOwners: boolean;
  /** What is cut off; null: tokens are marked row by row. */
  target: CutOffTarget | null;
}

/** What a caller asks for, and what that means. */
@Injectable()
export class RevocationTermsService {
  constructor(
    private readonly members: MembersRepository,
    private readonly cutOffs: CutOffsService,
  ) {}

  /**
   * The terms of a request. Whose tokens a selection means is what it is in a list: the caller's own, or those of the owner that
   * it names.
   * @throws DomainError `permission.denied` when the caller may not revoke those; `member.not_found`
   */
  async of(
    caller: Caller,
    aim: RevocationAim,
    reason: string,
    manager: EntityManager,
  ): Promise<RevocationTerms> {
    const { authority } = caller.principal;
    if (aim.kind === 'cut_off') {
      const { kind, selector, issuedBefore } = aim;
      return { kind, selector, issuedBefore: issuedBefore?.toISOString() ?? null, authority, reason };
    }
    const owner = await this.namedOwner(caller, aim.words, manager);
    return { kind: 'selection', selector: aim.words, owner, authority, reason };
  }

  /**
   * What the terms mean to `caller`, who acts on them. Whom they cut off is held until the transaction ends.
   * @throws DomainError as CutOffsService.target
   */
  async meant(caller: Caller, terms: RevocationTerms, manager: EntityManager): Promise<MeantTokens> {
    const { businessId } = caller;
    const mayTouchOwners = reachesUpTo(terms.authority, 'owner') || !reachesUpTo(terms.authority, 'admin');
    if (terms.kind === 'selection') {
      const selector = selectorOfWords(terms.selector);
      const matched: Matched = {
        kind: 'selection',
        businessId: businessId as string,
        owner: terms.owner,
        selector,
      };
      return { matched, mayTouchOwners, target: null };
    }
    const target = await this.cutOffs.target(caller, terms.selector, manager);
    const { shape, subject } = target;
    const issuedBefore = terms.issuedBefore === null ? null : new Date(terms.issuedBefore);
    // Whoever may cut somebody off may do so to all that is theirs.
    const matched: Matched = { kind: 'cut_off', businessId, shape, subject, issuedBefore };
    return { matched, mayTouchOwners: true, target };
  }

  private async namedOwner(
    { principal, businessId }: Caller,
    { owner_email: email, identity_id: identity }: SelectionWords,
    manager: EntityManager,
  ): Promise<OwnerFilter> {
    const own = ownTokens(principal);
    const isOfAnother =
      identity === undefined
        ? email !== undefined && email.toLowerCase() !== principal.token.owner.email
        : identity.toLowerCase() !== principal.token.owner.id;
    if (isOfAnother && !managesAllTokens(principal))
      throw refusal('permission.denied', { scope: 'rescind:business:admin' });
    if (identity !== undefined) return { identityId: identity.toLowerCase() };
    if (email === undefined) return principal.authority === 'platform' ? null : own;
    if (email === '*') return null;
    const member = await this.members.findByEmail(businessId as string, email.toLowerCase(), manager);
    return member === null ? OF_NOBODY : { memberId: member.id };
  }
}

/** What was asked for, as answers and the log show it. */
export function shownSelector({ selector }: RevocationTerms): Record<string, unknown> {
  return { ...selector };
}

/**
 * Who decides on what somebody has asked for is not below them. In a business an owner is above all, the platform's people included.
 * @throws DomainError `permission.denied`
 */
export function demandAuthorityOverAsker(
  { principal, businessId }: Caller,
  { authority }: RevocationTerms,
): void {
  demandAuthorityOver(principal, authority === 'platform' && businessId !== null ? 'owner' : authority);
}

/** Whether the caller sees all revocations of where it acts; all of the platform's are for those who may call there. */
export function seesAllRevocations({ principal, businessId }: Caller): boolean {
  return businessId === null || seesAllTokens(principal);
}
