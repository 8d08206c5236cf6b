import { Injectable } from '@nestjs/common';
import { MembersService } from '../../administration/members/members.service.js';
import type { AuditContext } from '../../audit/trail/audit-draft.js';
import { Changes } from '../../changes/changes.js';
import { Settled } from '../../changes/settled.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { newId } from '../../common/new-id.js';
import type { GroupRole, OidcProviderSettings } from '../../config/oidc.config.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import type { Member, MemberAccount } from '../../directory/members/member.entity.js';
import { MemberAccountsRepository } from '../../directory/members/member-accounts.repository.js';
import { highestRole, type MemberRole } from '../../directory/members/role.js';
import type { Groups, Person } from '../providers/code-flow.js';
import { type SignInError, SignInRefusal } from '../sign-in-refusal.js';

/**
 * What the groups of a person are mapped to in one business: a role, the highest of several; null: none; `unknown`: the
 * provider has not said which groups there are; `unmapped`: nothing is mapped to this business, so that groups have no
 * say in it.
 */
type MappedRole = MemberRole | null | 'unknown' | 'unmapped';

export function mappedRoleIn(businessId: string, groups: Groups, mapping: readonly GroupRole[]): MappedRole {
  const ofBusiness = mapping.filter((each) => each.businessId === businessId);
  if (ofBusiness.length === 0) return 'unmapped';
  if (groups === 'unknown') return 'unknown';
  return highestRole(ofBusiness.filter(({ group }) => groups.has(group)).map(({ role }) => role));
}

/** The businesses in which the groups of a person have a role, in the order of the mapping. */
export function businessesOf(groups: Groups, mapping: readonly GroupRole[]): string[] {
  if (groups === 'unknown') return [];
  return [...new Set(mapping.filter(({ group }) => groups.has(group)).map(({ businessId }) => businessId))];
}

/** A member who may be signed in. */
export interface Admitted {
  businessId: string;
  memberId: string;
}

/** As whom somebody signs in, and with which role: who they are here is decided by issuer and subject alone. */
@Injectable()
export class AdmissionService {
  constructor(
    private readonly accounts: MemberAccountsRepository,
    private readonly businesses: BusinessesRepository,
    private readonly members: MembersService,
    private readonly changes: Changes,
    private readonly settled: Settled,
  ) {}

  /**
   * Maps the person's groups anew in every business of theirs, then finds them in the one that is asked for, or else in
   * the first; where the provider may, makes them a member there.
   * @param asked the business to sign in to; null: whichever comes first, by when it was linked, then by the mapping
   * @throws SignInRefusal
   */
  async admit(
    provider: OidcProviderSettings,
    person: Person,
    asked: string | null,
    author: AuditContext,
  ): Promise<Admitted> {
    const linked = await this.accounts.everywhere(person);
    const outcomes = new Map<string, Admitted | SignInRefusal>();
    for (const account of linked)
      outcomes.set(account.businessId, await this.remap(provider, person, account, author));
    const mapped = businessesOf(person.groups, provider.roles).filter((id) => !outcomes.has(id));
    const chosen = asked ?? firstOf(outcomes) ?? mapped[0] ?? [...outcomes.keys()][0] ?? null;
    if (chosen === null) throw nobody(provider, person);
    const outcome =
      outcomes.get(chosen) ??
      (mapped.includes(chosen)
        ? await this.join(provider, person, chosen, author)
        : nobody(provider, person));
    if (outcome instanceof SignInRefusal) throw outcome;
    return outcome;
  }

  /** Whether the member of an account may be signed in, with the role that their groups have now. */
  private async remap(
    provider: OidcProviderSettings,
    person: Person,
    account: MemberAccount,
    author: AuditContext,
  ): Promise<Admitted | SignInRefusal> {
    const { businessId, memberId, member } = account;
    const refuse = refusing(person, businessId);
    if (member === undefined || member.removedAt !== null) return refuse('not_a_member', 'member_removed');
    if (!account.confirmed && !(await this.confirm(provider, person, account, member, author)))
      return refuse('account_not_confirmed', 'email_of_another_member');
    const mapped = mappedRoleIn(businessId, person.groups, provider.roles);
    let now: Member = member;
    try {
      // Where a sign-in of a moment ago has changed it, verifiers may still go by the role of before (R1).
      if (mapped === member.mappedRole) await this.settled.everywhere(businessId);
      else if (mapped !== 'unknown' && mapped !== 'unmapped')
        now = await this.members.mapRole(businessId, memberId, mapped, provider.id, author);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === 'member.last_owner') return refuse('sign_in_refused', 'last_owner');
      if (error.code === 'member.not_found') return refuse('not_a_member', 'member_removed');
      throw error;
    }
    if (mapped === null && !now.rolePinned) return refuse('not_a_member', 'no_role');
    if (now.role === 'no-access')
      return refuse('not_a_member', mapped === 'unknown' ? 'groups_unknown' : 'no_role');
    return (await this.isSuspended(businessId))
      ? refuse('business_suspended', 'business_suspended')
      : { businessId, memberId };
  }

  /**
   * Takes the provider's word for it that the person is the member, whom an administrator has said that they are. Not the
   * word of one that is for other businesses, nor for an address that somebody has given the member since.
   */
  private async confirm(
    provider: OidcProviderSettings,
    { email, issuer, subject }: Person,
    { id, businessId, memberId }: MemberAccount,
    member: Member,
    author: AuditContext,
  ): Promise<boolean> {
    const isOfOthers =
      provider.roles.length > 0 && mappedRoleIn(businessId, 'unknown', provider.roles) === 'unmapped';
    if (email !== member.email || member.readdressed || isOfOthers) return false;
    return this.changes.make(author, businessId, 'unconcerned', async (change) => {
      if (!(await this.accounts.confirm(businessId, id, email, change.manager))) return false;
      change.record({
        action: 'member.account_confirmed',
        target: { kind: 'member', id: memberId },
        details: { issuer, subject, provider: provider.id },
      });
      return true;
    });
  }

  /** Makes a member of somebody who signs in for the first time. */
  private async join(
    provider: OidcProviderSettings,
    person: Person,
    businessId: string,
    author: AuditContext,
  ): Promise<Admitted | SignInRefusal> {
    const business = await this.businesses.find(businessId);
    const refuse = refusing(person, business === null ? null : businessId);
    if (business === null) return refuse('not_a_member', 'business_unknown');
    if (!provider.createMembers) return refuse('not_a_member', 'not_linked');
    if (business.status === 'suspended') return refuse('business_suspended', 'business_suspended');
    const { email, name } = person;
    if (email === null) return refuse('account_not_linked', 'email_not_verified');
    const role = mappedRoleIn(businessId, person.groups, provider.roles) as MemberRole;
    try {
      return await this.changes.make(author, businessId, 'unconcerned', async (change) => {
        // Somebody may have been faster, and so may they themselves in another tab.
        const known = await this.accounts.find(businessId, person, change.manager);
        if (known !== null)
          return known.member?.removedAt === null
            ? { businessId, memberId: known.memberId }
            : refuse('not_a_member', 'member_removed');
        const input = { email, name: name ?? email, role };
        const member = await this.members.addMappedIn(input, provider.id, businessId, change);
        const { issuer, subject } = person;
        await this.accounts.insert(
          { id: newId(), businessId, memberId: member.id, issuer, subject },
          change.manager,
        );
        change.record({
          action: 'member.account_linked',
          target: { kind: 'member', id: member.id },
          details: { issuer, subject, provider: provider.id },
        });
        return { businessId, memberId: member.id };
      });
    } catch (error) {
      // Never taken over by e-mail: whoever can set an address at some provider would be whoever has it here.
      if (error instanceof DomainError && error.code === 'member.exists')
        return refuse('account_not_linked', 'email_of_another_member');
      throw error;
    }
  }

  private async isSuspended(businessId: string): Promise<boolean> {
    return (await this.businesses.find(businessId))?.status === 'suspended';
  }
}

function firstOf(outcomes: ReadonlyMap<string, Admitted | SignInRefusal>): string | undefined {
  return [...outcomes].find(([, outcome]) => !(outcome instanceof SignInRefusal))?.[0];
}

function refusing({ issuer, subject }: Person, businessId: string | null) {
  return (error: SignInError, failure: string): SignInRefusal =>
    new SignInRefusal(error, failure, { account: { issuer, subject, businessId } });
}

/** For somebody who has no membership there, and whose groups give them none: no log of a business is written for them. */
function nobody({ roles }: OidcProviderSettings, person: Person): SignInRefusal {
  const refuse = refusing(person, null);
  if (roles.length > 0 && person.groups === 'unknown') return refuse('not_a_member', 'groups_unknown');
  return refuse('not_a_member', roles.length > 0 ? 'no_role' : 'not_linked');
}
