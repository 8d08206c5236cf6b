import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver, managesAllTokens, type Principal } from '../../auth/principal.js';
import type { Change } from '../../changes/change.js';
import { invalidInput, refusal } from '../../common/errors/domain-error.js';
import { seeEveryBusiness } from '../../database/row-access.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { IdentitiesRepository } from '../../directory/identities/identities.repository.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { CutOffsRepository, type CutOffSelector, type CutOffShape } from './cut-offs.repository.js';

/** The target of a selector, if its caller may cut it off. */
export interface CutOffTarget {
  shape: CutOffShape;
  /** By which tokens are matched. */
  subject: string;
  /** As recorded in the log. */
  name: string | null;
  selector: CutOffSelector;
}

interface CutOffRequest {
  id: string;
  target: CutOffTarget;
  /** Tokens that were issued then or before are covered; null: up to now. */
  issuedBefore: Date | null;
  reason: string;
  /** What `revoked_by` says. */
  revokedBy: string;
  /** The second person; null: there is none. */
  approvedBy: string | null;
  breakGlass: boolean;
}

/**
 * Revokes everything that was issued to a business, a member, an identity, or anybody, up to a moment: one row, however
 * many tokens it covers. It is in effect everywhere once every verifier has confirmed it (docs/adr/0068-cut-offs.md).
 */
@Injectable()
export class CutOffsService {
  constructor(
    private readonly businesses: BusinessesRepository,
    private readonly members: MembersRepository,
    private readonly identities: IdentitiesRepository,
    private readonly cutOffs: CutOffsRepository,
  ) {}

  /**
   * Cuts off the target as part of `change`, including the caller's own token if the target contains it. Tokens that are
   * issued afterwards are good. It cannot be undone (R3).
   * @throws DomainError `input.invalid` for a moment in the future, by the clock of the database
   */
  async cutOff(caller: Caller, request: CutOffRequest, change: Change): Promise<void> {
    const { id, issuedBefore, reason, revokedBy, approvedBy, breakGlass } = request;
    const { name, ...target } = request.target;
    // The last token that was issued is looked for among all that are meant.
    if (caller.businessId === null) await seeEveryBusiness(change.manager);
    const notBefore = await this.cutOffs.insert(
      {
        id,
        businessId: caller.businessId,
        ...target,
        notBefore: issuedBefore,
        revokedBy,
        reason,
        breakGlass,
      },
      change.manager,
    );
    if (notBefore === null)
      throw invalidInput(
        ['body', 'issued_before'],
        'Input should be a moment that has passed, by the clock of the database',
      );
    const { claimedUser } = caller.request;
    change.record({
      action: 'token.cut_off',
      target: { kind: 'revocation', id },
      reason,
      details: {
        shape: target.shape,
        subject: target.subject,
        name,
        not_before: notBefore.toISOString(),
        revoked_by: revokedBy,
        ...(claimedUser === undefined ? {} : { claimed_user: claimedUser }),
        ...(approvedBy === null ? {} : { approved_by: approvedBy }),
        ...(breakGlass ? { break_glass: true } : {}),
      },
    });
  }

  /**
   * What is to be cut off. Everybody may cut off their own tokens. Owners, admins and the platform may cut off anybody whose role
   * is not higher than theirs, so only owners and the platform a whole business. Locks what it finds until the transaction ends, so that nobody else cuts it off meanwhile.
   * @throws DomainError `permission.denied`, `member.not_found`, `identity.not_found`; `input.invalid` for a pepper that
   *   does not exist
   */
  target(
    { principal, businessId }: Caller,
    selector: CutOffSelector,
    manager: EntityManager,
  ): Promise<CutOffTarget> {
    if (businessId === null) return this.ofPlatform(selector, manager);
    if (selector.owner !== undefined) return this.member(principal, businessId, selector.owner, manager);
    if (selector.identity !== undefined)
      return this.identity(principal, businessId, selector.identity, manager);
    return this.business(principal, businessId, manager);
  }

  private async business(
    principal: Principal,
    businessId: string,
    manager: EntityManager,
  ): Promise<CutOffTarget> {
    demandAuthorityOver(principal, 'owner');
    const business = await this.businesses.find(businessId, manager);
    return {
      shape: 'business',
      subject: businessId,
      name: business?.name ?? null,
      selector: { business: true },
    };
  }

  private async member(
    principal: Principal,
    businessId: string,
    owner: string,
    manager: EntityManager,
  ): Promise<CutOffTarget> {
    const email = owner.toLowerCase();
    if (principal.token.owner.kind !== 'user' || principal.token.owner.email !== email)
      demandManager(principal);
    const member = await this.members.lockPresent(businessId, { email }, 'exclusive', manager);
    if (member === null) throw refusal('member.not_found');
    demandAuthorityOver(principal, member.role);
    return { shape: 'owner', subject: member.id, name: email, selector: { owner: email } };
  }

  private async identity(
    principal: Principal,
    businessId: string,
    asked: string,
    manager: EntityManager,
  ): Promise<CutOffTarget> {
    const id = asked.toLowerCase();
    if (principal.token.owner.id !== id) demandManager(principal);
    const identity = await this.identities.lock(businessId, id, 'exclusive', manager);
    if (identity === null) throw refusal('identity.not_found');
    demandAuthorityOver(principal, identity.role);
    return { shape: 'identity', subject: id, name: identity.name, selector: { identity: id } };
  }

  private async ofPlatform({ pepper }: CutOffSelector, manager: EntityManager): Promise<CutOffTarget> {
    if (pepper === undefined)
      return { shape: 'platform', subject: 'platform', name: null, selector: { platform: true } };
    if (!(await this.cutOffs.isPepper(pepper, manager)))
      throw invalidInput(
        ['body', 'selector', 'pepper'],
        'Input should be the id of a pepper that tokens are stored under',
      );
    return { shape: 'pepper', subject: `pepper:${pepper}`, name: pepper, selector: { pepper } };
  }
}

function demandManager(principal: Principal): void {
  if (!managesAllTokens(principal)) throw refusal('permission.denied', { scope: 'rescind:business:admin' });
}
