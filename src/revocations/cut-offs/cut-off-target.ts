import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { demandAuthorityOver, managesAllTokens, type Principal } from '../../auth/principal.js';
import { refusal } from '../../common/errors/domain-error.js';
import { PLATFORM_ROWS } from '../../database/row-access.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { IdentitiesRepository } from '../../directory/identities/identities.repository.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import type { CutOffSelector, CutOffShape } from './cut-off.sql.js';
import { CutOffsRepository } from './cut-offs.repository.js';

/** The target of a selector, if its caller may cut it off. */
export interface CutOffTarget {
  shape: CutOffShape;
  /** By which tokens are matched. */
  subject: string;
  /** As recorded in the log. */
  name: string | null;
  selector: CutOffSelector;
}

/**
 * Finds what is to be cut off. Everybody may cut off their own tokens. Owners, admins and the platform may cut off
 * anybody whose role is not higher than theirs, so only owners and the platform a whole business.
 */
@Injectable()
export class CutOffTargets {
  constructor(
    private readonly businesses: BusinessesRepository,
    private readonly members: MembersRepository,
    private readonly identities: IdentitiesRepository,
    private readonly cutOffs: CutOffsRepository,
  ) {}

  /**
   * Locks what it finds until the transaction ends, so that nobody else cuts it off meanwhile.
   * @throws DomainError `permission.denied`, `member.not_found`, `identity.not_found`; `input.invalid` for a pepper that
   *   does not exist
   */
  find(
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
      throw refusal('input.invalid', {
        issues: [
          {
            loc: ['body', 'selector', 'pepper'],
            msg: 'Input should be the id of a pepper that tokens are stored under',
            type: 'value_error',
          },
        ],
      });
    return { shape: 'pepper', subject: `pepper:${pepper}`, name: pepper, selector: { pepper } };
  }
}

function demandManager(principal: Principal): void {
  if (!managesAllTokens(principal)) throw refusal('permission.denied', { scope: 'rescind:business:admin' });
}

/** The log of a cut-off as its rows have it. */
export const logOf = (businessId: string | null): string => businessId ?? PLATFORM_ROWS;
