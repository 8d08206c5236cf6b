import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { canonicalJson } from '../../log-format/canonical-event.js';
import type { Caller } from '../../auth/caller.js';
import type { Change } from '../../changes/change.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { policyConfig } from '../../config/policy.config.js';
import { seeEveryBusiness } from '../../database/row-access.js';
import { CutOffsService } from '../cut-offs/cut-offs.service.js';
import { needsApproval, RevocationAllowances } from './allowances.repository.js';
import type { Author } from './person.js';
import { RevocationRequestsRepository, type NewRequest } from './revocation-requests.repository.js';
import {
  RevocationTermsService,
  shownSelector,
  type MeantTokens,
  type RevocationTerms,
} from './revocation-terms.js';
import { SurveysRepository, type Survey } from './surveys.repository.js';

/** More are not revoked row by row: their call would take longer than a few seconds. */
const SELECTED_MAX = 10_000;

/** What is to be done, decided and recorded in one change. */
export interface Order {
  id: string;
  terms: RevocationTerms;
  /** The set that its author has seen; null: none. */
  seen: { tokens: number; fingerprint: Buffer } | null;
  /** Whether what is meant now is revoked though it is another set than was seen. */
  proceeds: boolean;
  /** Who asks for it; null: it is approved, or the glass is broken. */
  author: Author | null;
  breakGlass: boolean;
  /** A request that the caller approves, and who asked for it; null: it is asked for now. */
  approves: { askedBy: string } | null;
}

/** What became of an order. */
export type Ordered = 'cut_off' | 'selection' | 'awaiting_approval';

/** Revokes what terms mean, or has it wait for a second person, as part of a change. */
@Injectable()
export class RevocationExecution {
  constructor(
    private readonly terms: RevocationTermsService,
    private readonly surveys: SurveysRepository,
    private readonly allowances: RevocationAllowances,
    private readonly requests: RevocationRequestsRepository,
    private readonly cutOffs: CutOffsService,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /**
   * @throws DomainError `revocation.set_changed` with both counts, when another set is meant than was seen;
   * `revocation.nothing_matched`, `revocation.too_many` of selected tokens; as CutOffsService.target and CutOffsService.cutOff
   */
  async execute(caller: Caller, order: Order, change: Change): Promise<Ordered> {
    const meant = await this.terms.meant(caller, order.terms, change.manager);
    const { businessId, manager } = change;
    const { author } = order;
    const allowance = author === null ? null : await this.allowances.of(businessId, author, manager);
    const survey =
      order.seen === null && allowance === null ? null : await this.survey(meant, order.seen, change);
    if (survey !== null && order.seen !== null) demandSame(order.seen, survey, order.proceeds);
    if (survey !== null && needsApproval(survey.tokens, allowance)) {
      if (meant.target === null && survey.tokens > SELECTED_MAX) throw refusal('revocation.too_many');
      await this.ask(caller, order, survey, change);
      return 'awaiting_approval';
    }
    if (survey !== null && author !== null && allowance !== null)
      await this.allowances.spend({ id: order.id, businessId, tokens: survey.tokens }, author, manager);
    if (order.approves !== null) await this.approve(caller, order, survey?.tokens ?? 0, change);
    if (meant.target !== null) {
      const issuedBefore = order.terms.kind === 'cut_off' ? order.terms.issuedBefore : null;
      await this.cutOffs.cutOff(
        caller,
        {
          id: order.id,
          target: meant.target,
          issuedBefore: issuedBefore === null ? null : new Date(issuedBefore),
          reason: order.terms.reason,
          revokedBy: order.approves?.askedBy ?? caller.label,
          approvedBy: order.approves === null ? null : caller.label,
          breakGlass: order.breakGlass,
        },
        change,
      );
      return 'cut_off';
    }
    await this.select(caller, order, meant, change);
    return 'selection';
  }

  private async survey(
    { matched, mayTouchOwners }: MeantTokens,
    seen: Order['seen'],
    { manager }: Change,
  ): Promise<Survey> {
    if (matched.businessId === null) await seeEveryBusiness(manager);
    return this.surveys.survey(matched, mayTouchOwners, seen?.fingerprint ?? null, manager);
  }

  private async ask(caller: Caller, order: Order, survey: Survey, change: Change): Promise<void> {
    const { approvalSeconds } = this.policy;
    const { tokens, fingerprint } = survey;
    const request = { ...this.requestOf(caller, order), tokensMatched: tokens, fingerprint, approvalSeconds };
    const expiresAt = await this.requests.insert(request, change.manager);
    const { claimedUser } = caller.request;
    change.record({
      action: 'revocation.asked',
      target: { kind: 'revocation', id: order.id },
      reason: order.terms.reason,
      details: {
        ...saidOf(order.terms),
        tokens,
        asked_by: caller.label,
        ...(claimedUser === undefined ? {} : { claimed_user: claimedUser }),
        expires_at: (expiresAt as Date).toISOString(),
      },
    });
  }

  private async approve(caller: Caller, order: Order, tokens: number, change: Change): Promise<void> {
    const { businessId } = caller;
    await this.requests.approve({ id: order.id, businessId, tokens }, caller.label, change.manager);
    change.record({
      action: 'revocation.approved',
      target: { kind: 'revocation', id: order.id },
      reason: order.terms.reason,
      details: { asked_by: order.approves?.askedBy ?? '', approved_by: caller.label, tokens },
    });
  }

  private async select(
    caller: Caller,
    order: Order,
    { matched, mayTouchOwners }: MeantTokens,
    change: Change,
  ): Promise<void> {
    const { id, terms, breakGlass, approves } = order;
    if (approves === null)
      await this.requests.insert(
        { ...this.requestOf(caller, order), tokensMatched: 0, fingerprint: null, approvalSeconds: null },
        change.manager,
      );
    const ofBusiness = { ...matched, businessId: matched.businessId as string };
    const limits = { mayTouchOwners, most: SELECTED_MAX };
    const tokens = await this.requests.fill(id, ofBusiness, limits, change.manager);
    if (tokens === 0) throw refusal('revocation.nothing_matched');
    if (tokens > SELECTED_MAX) throw refusal('revocation.too_many');
    const { claimedUser } = caller.request;
    change.record({
      action: 'token.selection_revoked',
      target: { kind: 'revocation', id },
      reason: terms.reason,
      details: {
        selector: canonicalJson(shownSelector(terms)),
        tokens,
        revoked_by: approves?.askedBy ?? caller.label,
        ...(claimedUser === undefined ? {} : { claimed_user: claimedUser }),
        ...(approves === null ? {} : { approved_by: caller.label }),
        ...(breakGlass ? { break_glass: true } : {}),
      },
    });
  }

  private requestOf(
    { businessId, label, principal: { token } }: Caller,
    { id, terms, breakGlass }: Order,
  ): Omit<NewRequest, 'tokensMatched' | 'fingerprint' | 'approvalSeconds'> {
    const author = { askedBy: label, askedByToken: token.id, askedByOwner: token.owner.id };
    return { id, businessId, terms, ...author, breakGlass };
  }
}

/** What the log says of terms. */
export function saidOf(terms: RevocationTerms): { selector: string; issued_before: string | null } {
  return {
    selector: canonicalJson(shownSelector(terms)),
    issued_before: terms.kind === 'cut_off' ? terms.issuedBefore : null,
  };
}

function demandSame(seen: { tokens: number; fingerprint: Buffer }, now: Survey, proceeds: boolean): void {
  if (proceeds || (seen.tokens === now.tokens && seen.fingerprint.equals(now.fingerprint))) return;
  const details = { tokens_planned: seen.tokens, tokens_now: now.tokens };
  throw new DomainError(
    'revocation.set_changed',
    `Other tokens are meant now than were shown: ${now.tokens} in the place of ${seen.tokens}. With if_changed "proceed" those of now are revoked.`,
    { details },
  );
}
