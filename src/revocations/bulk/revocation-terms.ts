import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver, managesAllTokens, seesAllTokens } from '../../auth/principal.js';
import { type DomainError, invalidInput, refusal } from '../../common/errors/domain-error.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { type Authority, reachesUpTo } from '../../verification/effective-scopes.js';
import type { CutOffSelector } from '../cut-offs/cut-offs.repository.js';
import { CutOffsService, type CutOffTarget } from '../cut-offs/cut-offs.service.js';
import { OF_NOBODY, ownTokens } from '../../token-rows/token-access.js';
import type { OwnerFilter } from '../../token-rows/token-owner.js';
import type { Matched } from './surveys.repository.js';
import type { TokenSelectorDto } from '../../token-rows/selection/token-selector.dto.js';
import { selectorOf, type TokenSelector } from '../../token-rows/selection/token-selector.js';

/** The words of lists as they are kept and shown: metadata as an object, so that no name is taken for a value. */
type SelectionWords = Omit<TokenSelectorDto, 'metadata'> & { metadata?: Record<string, string> };

/** What a selector comes to: all that was issued to somebody up to a moment (null: up to now), or any selected tokens. */
export type RevocationAim =
  | { kind: 'cut_off'; selector: CutOffSelector; issuedBefore: Date | null }
  | { kind: 'selection'; words: SelectionWords };

/** A selector of a request: one of the three, or words of lists. */
type AskedSelector = TokenSelectorDto & { business?: true; owner?: string; identity?: string };

const SHAPES = ['business', 'owner', 'identity'] as const;
const AT = ['body', 'selector'];
/** Alone, these words of lists mean all that was issued to somebody, up to a moment. */
const WHOSE_AND_UNTIL = new Set(['owner_email', 'identity_id', 'created_before']);

/**
 * Takes a selector for a cut-off where it means one, whatever its words: a business, an owner or an identity, and up to when.
 * @throws DomainError `input.invalid` when it names nothing, too much, or what contradicts itself
 */
export function aimOf(asked: AskedSelector, issuedBefore: Date | null): RevocationAim {
  const names = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const missing = Object.entries(asked).find(([, value]) => value === null);
  if (missing !== undefined) throw wrong([missing[0]], 'Input should not be null');
  const shapes = SHAPES.filter((shape) => names.includes(shape));
  if (names.length === 0) throw wrong([], 'Input should be an object that names tokens');
  const [shape, second] = shapes;
  if (shape !== undefined) {
    if (second !== undefined) throw wrong([second], `Name ${shape} or ${second}`);
    if (names.length > 1)
      throw wrong([shape], `With other words, name owner_email or identity_id in the place of ${shape}`);
    return { kind: 'cut_off', selector: asked, issuedBefore };
  }
  selectorOf(asked, AT);
  if (asked.status === 'revoked') throw wrong(['status'], 'What is revoked cannot be revoked again');
  const { owner_email: owner, identity_id: identity, created_before: until } = asked;
  const isWhose = owner !== undefined || identity !== undefined;
  if (isWhose && names.every((name) => WHOSE_AND_UNTIL.has(name))) {
    if (until !== undefined && issuedBefore !== null)
      throw wrong(['created_before'], 'Name created_before or issued_before');
    // Of a list, the moment itself is not meant; rows have milliseconds.
    const last = until === undefined ? issuedBefore : new Date(new Date(until).getTime() - 1);
    return { kind: 'cut_off', selector: subjectOf(owner, identity), issuedBefore: last };
  }
  if (issuedBefore !== null)
    throw invalidInput(['body', 'issued_before'], 'With these words, name created_before in the selector');
  return { kind: 'selection', words: wordsOf(asked) };
}

/** The conditions that the words mean, but for whose tokens. */
function selectorOfWords({ metadata, ...words }: SelectionWords): TokenSelector {
  return selectorOf(metadata === undefined ? words : { ...words, metadata: Object.entries(metadata) }, AT);
}

function subjectOf(owner: string | undefined, identity: string | undefined): CutOffSelector {
  if (identity !== undefined) return { identity };
  return owner === '*' ? { business: true } : { owner: owner };
}

function wordsOf({ metadata, ...asked }: AskedSelector): SelectionWords {
  const words = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return metadata === undefined ? words : { ...words, metadata: Object.fromEntries(metadata) };
}

function wrong(at: string[], msg: string): DomainError {
  return invalidInput([...AT, ...at], msg);
}

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
