import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { demandAuthorityOver, managesAllTokens } from '../auth/principal.js';
import { DomainError } from '../common/errors/domain-error.js';
import { IdentitiesRepository } from '../identities/identities.repository.js';
import { MembersRepository, type OwnerLock } from '../members/members.repository.js';
import type { Authority } from '../verification/effective-scopes.js';
import type { OwnerFilter, TokenOwner } from './token-owner.js';
import type { Token } from './token.entity.js';

/** Whom a new token is for; nobody named: the caller's own owner. */
export interface OwnerChoice {
  ownerEmail?: string | undefined;
  memberId?: string | undefined;
  identityId?: string | undefined;
}

export interface ChosenOwner {
  owner: TokenOwner;
  authority: Authority;
  columns: { ownerKind: TokenOwner['kind']; memberId: string | null; identityId: string | null };
  filter: OwnerFilter;
}

const LOCK_BUSINESS = 'SELECT 1 FROM businesses WHERE id = $1 FOR NO KEY UPDATE';

/**
 * Finds the owner of a new token and locks its row, so that it cannot be removed before the token is there. An
 * exclusive lock also keeps out whoever issues to the same owner, so that a count of its tokens stays true.
 */
@Injectable()
export class OwnerLookup {
  constructor(
    private readonly members: MembersRepository,
    private readonly identities: IdentitiesRepository,
  ) {}

  /**
   * @throws DomainError `permission.denied` when somebody who manages only their own names an owner, or anybody one of a
   * higher authority; `member.not_found`, `identity.not_found`, `identity.disabled`
   */
  async choose(
    caller: BusinessCaller,
    choice: OwnerChoice,
    lock: OwnerLock,
    manager: EntityManager,
  ): Promise<ChosenOwner> {
    const named =
      choice.ownerEmail !== undefined || choice.memberId !== undefined || choice.identityId !== undefined;
    const { owner } = caller.principal.token;
    const self: OwnerChoice =
      owner.kind === 'user'
        ? { memberId: owner.id as string }
        : owner.kind === 'identity'
          ? { identityId: owner.id as string }
          : {};
    const wanted = named ? choice : self;
    const isSelf = (wanted.memberId ?? wanted.identityId) === owner.id && wanted.ownerEmail === undefined;
    if (named && !isSelf && !managesAllTokens(caller.principal) && wanted.ownerEmail !== owner.email) {
      throw new DomainError('permission.denied', 'Not enough permissions', {
        scope: 'rescind:business:admin',
      });
    }
    if (wanted.identityId !== undefined || wanted.memberId !== undefined || wanted.ownerEmail !== undefined) {
      const chosen =
        wanted.identityId === undefined
          ? await this.member(caller.businessId, wanted, lock, manager)
          : await this.identity(caller.businessId, wanted.identityId, lock, manager);
      demandAuthorityOver(caller.principal, chosen.authority);
      return chosen;
    }
    // The platform has no row of its own; in a business, the row of the business stands for it.
    if (lock === 'exclusive') await manager.query(LOCK_BUSINESS, [caller.businessId]);
    return {
      owner: { kind: 'platform', id: null, name: 'platform', email: null },
      authority: 'owner',
      columns: { ownerKind: 'platform', memberId: null, identityId: null },
      filter: { platform: true },
    };
  }

  /**
   * Keeps the owner of a token from being removed, disabled or detached until the transaction ends, so that what
   * revokes all its tokens also finds one that is being made.
   */
  async hold(businessId: string, token: Token, manager: EntityManager): Promise<void> {
    if (token.memberId !== null)
      await this.members.lockPresent(businessId, { id: token.memberId }, 'shared', manager);
    if (token.identityId !== null)
      await this.identities.lock(businessId, token.identityId, 'shared', manager);
  }

  private async member(
    businessId: string,
    { memberId, ownerEmail }: OwnerChoice,
    lock: OwnerLock,
    manager: EntityManager,
  ): Promise<ChosenOwner> {
    const by = memberId === undefined ? { email: (ownerEmail as string).toLowerCase() } : { id: memberId };
    const member = await this.members.lockPresent(businessId, by, lock, manager);
    if (member === null) throw new DomainError('member.not_found', 'Resource not found');
    return {
      owner: { kind: 'user', id: member.id, name: member.name, email: member.email },
      authority: member.role,
      columns: { ownerKind: 'user', memberId: member.id, identityId: null },
      filter: { memberId: member.id },
    };
  }

  private async identity(
    businessId: string,
    identityId: string,
    lock: OwnerLock,
    manager: EntityManager,
  ): Promise<ChosenOwner> {
    const identity = await this.identities.lock(businessId, identityId, lock, manager);
    if (identity === null) throw new DomainError('identity.not_found', 'Resource not found');
    if (identity.status !== 'active') throw new DomainError('identity.disabled', 'The identity is disabled.');
    return {
      owner: { kind: 'identity', id: identity.id, name: identity.name, email: null },
      authority: identity.role,
      columns: { ownerKind: 'identity', memberId: null, identityId: identity.id },
      filter: { identityId: identity.id },
    };
  }
}
