import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../../auth/caller.js';
import { demandAuthorityOver } from '../../auth/principal.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { newId } from '../../common/new-id.js';
import { MemberAccountsRepository } from '../../directory/members/member-accounts.repository.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { manualRoleOf } from '../../directory/members/role.js';
import { SessionEnding } from '../../sessions/session-ending.service.js';
import { MemberAccountDto, type LinkAccountDto, type MemberAccountsDto } from './member-account.dto.js';

/** Which accounts at providers are whose: the word of an administrator, where e-mail addresses prove nothing. */
@Injectable()
export class MemberAccountsService {
  constructor(
    private readonly accounts: MemberAccountsRepository,
    private readonly members: MembersRepository,
    private readonly changes: Changes,
    private readonly ending: SessionEnding,
  ) {}

  /** @throws DomainError `member.not_found` */
  async list(businessId: string, memberId: string): Promise<MemberAccountsDto> {
    if ((await this.members.find(businessId, memberId)) === null) throw refusal('member.not_found');
    const accounts = await this.accounts.ofMember(businessId, memberId);
    return { items: accounts.map((account) => MemberAccountDto.from(account)) };
  }

  /**
   * Lets a person of a provider sign in as a member: at once when the member or the platform says so, and otherwise when
   * the provider says that this person has the member's e-mail address. An account of a removed member may be given to
   * another.
   * @throws DomainError `member.not_found`, `account.linked`; `permission.denied` for a member of a higher role
   */
  link(
    memberId: string,
    { issuer, subject }: LinkAccountDto,
    author: BusinessCaller,
  ): Promise<MemberAccountDto> {
    const { businessId } = author;
    return this.changes.make(author, businessId, 'unconcerned', async (change) => {
      const { manager } = change;
      this.demandOver(
        await this.members.lockPresent(businessId, { id: memberId }, 'shared', manager),
        author,
      );
      const earlier = await this.accounts.find(businessId, { issuer, subject }, manager);
      if (earlier?.member?.removedAt === null) throw refusal('account.linked');
      if (earlier !== null) await this.accounts.remove(businessId, earlier.memberId, earlier.id, manager);
      const account = await this.accounts.insert(
        {
          ...{ id: newId(), businessId, memberId, issuer, subject },
          confirmed: await this.isWordOf(memberId, author, manager),
          linkedByToken: author.principal.token.id,
        },
        manager,
      );
      change.record({
        action: 'member.account_linked',
        target: { kind: 'member', id: memberId },
        details: { issuer, subject, confirmed: account.confirmed },
      });
      return MemberAccountDto.from(account);
    });
  }

  /**
   * Nobody signs in with the account any more, and the sessions of the member that were opened with it end. Resolves when no
   * verifier can answer "active" for any of them any more (R1), also while somebody is signing in with it.
   * @throws DomainError `revocation.unconfirmed`: it is done, but not all verifiers have confirmed it; as `link`,
   *   and DomainError `member.not_found`, `account.not_found`; `permission.denied` for a member of a higher role
   */
  unlink(memberId: string, id: string, author: BusinessCaller): Promise<MemberAccountDto> {
    const { businessId } = author;
    return this.changes.endEverywhere(author, businessId, async (change) => {
      const { manager } = change;
      this.demandOver(
        await this.members.lockPresent(businessId, { id: memberId }, 'shared', manager),
        author,
      );
      const account = (await this.accounts.ofMember(businessId, memberId, manager)).find(
        (each) => each.id === id,
      );
      if (account === undefined) throw refusal('account.not_found');
      await this.accounts.remove(businessId, memberId, id, manager);
      const { issuer, subject } = account;
      const taken = { businessId, memberId, issuer, subject };
      const ended = await this.ending.endOfAccountIn(change, taken, 'account unlinked', author);
      change.record({
        action: 'member.account_unlinked',
        target: { kind: 'member', id: memberId },
        details: { issuer, subject, sessions_revoked: ended },
      });
      return MemberAccountDto.from(account);
    });
  }

  /** The platform knows the people of its own product. Nobody else speaks for another person, also with a token issued to them. */
  private async isWordOf(
    memberId: string,
    { businessId, principal: { actor, authority, token } }: BusinessCaller,
    manager: EntityManager,
  ): Promise<boolean> {
    if (authority === 'platform') return true;
    if (actor.kind !== 'user' || actor.id !== memberId) return false;
    return this.accounts.isOwnWord(businessId, { memberId, tokenId: token.id }, manager);
  }

  /** Whoever links an account can sign in with it: also over the role that the member would have without its groups. */
  private demandOver(member: Member | null, { principal }: BusinessCaller): void {
    if (member === null) throw refusal('member.not_found');
    demandAuthorityOver(principal, member.role, manualRoleOf(member) ?? undefined);
  }
}
