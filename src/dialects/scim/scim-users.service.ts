import { Injectable } from '@nestjs/common';
import { DirectoryMembersService } from '../../administration/members/directory-members.service.js';
import { canonicalJson } from '../../log-format/canonical-event.js';
import type { BusinessCaller } from '../../auth/caller.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { isUuid } from '../../common/uuid.pipe.js';
import { GroupsRepository } from '../../directory/groups/groups.repository.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import {
  equalitiesOf,
  isAskedFor,
  listOf,
  projected,
  type ScimListDto,
  type ScimProjectionDto,
  windowOf,
} from './scim-list.js';
import { profileOf, sameAttributes, shownName, userOf, type ScimProfile } from './scim-profile.js';
import { USER_SCHEMA } from './scim-urns.js';
import { ScimUserDto, type ScimUserListDto } from './scim-resources.dto.js';
import { patchedUser, userPatchOf, wantedUserOf, type WantedUser } from './scim-user-request.js';
import { ScimUsersRepository, type ScimUserRow } from './scim-users.repository.js';

const FILTERS = {
  id: 'id',
  username: 'userName',
  externalid: 'externalId',
  active: 'active',
  emails: 'email',
  'emails.value': 'email',
  'emails.type': 'emailType',
} as const;

/** What a request says of a user who may exist, once the user as they are is known. */
type Wish = (current: ScimUserRow) => Promise<WantedUser> | WantedUser;

/** SCIM users are the members of the business, under the same ids, and those whom a directory has deactivated. */
@Injectable()
export class ScimUsersService {
  constructor(
    private readonly users: ScimUsersRepository,
    private readonly directory: DirectoryMembersService,
    private readonly members: MembersRepository,
    private readonly groups: GroupsRepository,
    private readonly changes: Changes,
  ) {}

  async list({ businessId }: BusinessCaller, query: ScimListDto, base: string): Promise<ScimUserListDto> {
    const filter = equalitiesOf(query.filter, FILTERS, USER_SCHEMA);
    const window = windowOf(query);
    if (filter.id !== undefined && !isUuid(filter.id)) return listOf(0, window.offset, []);
    const { total, users } = await this.users.page(businessId, filter, window);
    const resources = await this.shown(businessId, users, query, base);
    return listOf(total, window.offset, resources);
  }

  /** @throws DomainError `member.not_found` */
  async get(
    { businessId }: BusinessCaller,
    id: string,
    projection: ScimProjectionDto,
    base: string,
  ): Promise<ScimUserDto> {
    const [user] = await this.shown(businessId, [await this.existing(businessId, id)], projection, base);
    return user as ScimUserDto;
  }

  /** @throws DomainError `member.exists`, `scim.invalid`, `scim.active_unclear` */
  create(caller: BusinessCaller, body: unknown, base: string): Promise<ScimUserDto> {
    const { user, active } = wantedUserOf(body);
    const profile = profileOf(user);
    return this.changes.make(
      caller,
      caller.businessId,
      active === false ? 'wait' : 'unconcerned',
      async (change) => {
        const member = await this.directory.add(change, caller, profile.person);
        await this.save(change, member, null, profile);
        if (active === false) await this.directory.deactivate(change, caller, member);
        return this.answer(change, member, base);
      },
    );
  }

  /**
   * Replaces the user. `active: false` ends the membership and revokes every token and session of the member; resolves
   * when every verifier refuses them.
   * @throws DomainError `member.not_found`, `member.exists`, `member.last_owner`, `permission.denied`, `scim.*`
   */
  async replace(caller: BusinessCaller, id: string, body: unknown, base: string): Promise<ScimUserDto> {
    const wanted = await this.about(caller, id, () => wantedUserOf(body));
    return this.change(caller, id, wanted.active, () => wanted, base);
  }

  /** As `replace`, for what the operations change. */
  async patch(caller: BusinessCaller, id: string, body: unknown, base: string): Promise<ScimUserDto> {
    const { operations, active } = await this.about(caller, id, () => userPatchOf(body));
    const wish: Wish = async (current) => ({ user: await patchedUser(asUser(current), operations), active });
    return this.change(caller, id, active, wish, base);
  }

  /** Removes the member permanently. @throws as `replace` */
  async delete(caller: BusinessCaller, id: string): Promise<void> {
    const { businessId } = caller;
    demandUuid(id);
    await this.changes.endEverywhere(caller, businessId, async (change) => {
      const { manager } = change;
      const member = await this.provided(change, businessId, id);
      const user = await this.users.find(businessId, member.id, manager);
      await this.directory.delete(change, caller, member);
      if (user?.attributes == null) return;
      await this.users.remove(businessId, member.id, manager);
      change.record({
        action: 'scim.user_changed',
        target: { kind: 'member', id: member.id },
        details: {
          external_id_before: user.externalId,
          external_id_after: null,
          attributes_before: canonicalJson(user.attributes),
          attributes_after: null,
        },
      });
    });
  }

  private change(
    caller: BusinessCaller,
    id: string,
    active: boolean | undefined,
    wish: Wish,
    base: string,
  ): Promise<ScimUserDto> {
    const { businessId } = caller;
    const work = async (change: Change): Promise<ScimUserDto> => {
      const member = await this.provided(change, businessId, id);
      const current = (await this.users.find(businessId, member.id, change.manager)) ?? scimUserNotFound();
      const { user } = await wish(current);
      const named = await this.apply(change, caller, member, current, profileOf(user));
      if (active === false) await this.directory.deactivate(change, caller, named);
      if (active === true) await this.directory.activate(change, caller, named);
      return this.answer(change, member, base);
    };
    return active === false
      ? this.changes.endEverywhere(caller, businessId, work)
      : this.changes.make(caller, businessId, 'wait', work);
  }

  /** Makes the user what the profile says. @returns the member after it */
  private async apply(
    change: Change,
    caller: BusinessCaller,
    member: Member,
    current: ScimUserRow,
    profile: ScimProfile,
  ): Promise<Member> {
    // A name that was changed by hand stays until the directory sends another.
    const known = shownName(attributesOf(current));
    const name = profile.person.name === known ? member.name : profile.person.name;
    const named = await this.directory.changePerson(change, caller, member, { ...profile.person, name });
    await this.save(change, member, current, profile);
    return named;
  }

  private async save(
    change: Change,
    { businessId, id }: Pick<Member, 'businessId' | 'id'>,
    before: ScimUserRow | null,
    { externalId, attributes }: ScimProfile,
  ): Promise<void> {
    const known = before?.attributes ?? null;
    const isSame = known !== null && sameAttributes(known, attributes) && before?.externalId === externalId;
    if (isSame) return;
    await this.users.save(businessId, id, { externalId, attributes }, change.manager);
    change.record({
      action: 'scim.user_changed',
      target: { kind: 'member', id },
      details: {
        external_id_before: before?.externalId ?? null,
        external_id_after: externalId,
        attributes_before: known === null ? null : canonicalJson(known),
        attributes_after: canonicalJson(attributes),
      },
    });
  }

  /** What `read` makes of a request about a user. That it is unclear whether they are to be active is told with their id. */
  private async about<Read>({ businessId }: BusinessCaller, id: string, read: () => Read): Promise<Read> {
    try {
      demandUuid(id);
      return read();
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'scim.active_unclear') throw error;
      const user = await this.existing(businessId, id);
      throw refusal('scim.active_unclear', { about: { kind: 'member', id: user.id } });
    }
  }

  private async existing(businessId: string, id: string): Promise<ScimUserRow> {
    demandUuid(id);
    return (await this.users.find(businessId, id)) ?? scimUserNotFound();
  }

  private async provided({ manager }: Change, businessId: string, id: string): Promise<Member> {
    return (await this.members.findProvided(businessId, id, manager)) ?? scimUserNotFound();
  }

  private async answer(
    { manager }: Change,
    { businessId, id }: Pick<Member, 'businessId' | 'id'>,
    base: string,
  ): Promise<ScimUserDto> {
    const row = (await this.users.find(businessId, id, manager)) ?? scimUserNotFound();
    return ScimUserDto.from(row, await this.groups.groupsOf(businessId, [id], manager), base);
  }

  private async shown(
    businessId: string,
    users: readonly ScimUserRow[],
    projection: ScimProjectionDto,
    base: string,
  ): Promise<ScimUserDto[]> {
    const ids = isAskedFor('groups', projection) ? users.map(({ id }) => id) : [];
    const groups = ids.length === 0 ? [] : await this.groups.groupsOf(businessId, ids);
    const of = Map.groupBy(groups, ({ memberId }) => memberId);
    return users.map((user) => projected(ScimUserDto.from(user, of.get(user.id) ?? [], base), projection));
  }
}

/** Of whom no client has written to yet, what is known. */
function attributesOf({ attributes, email, name }: ScimUserRow) {
  return attributes ?? { userName: email, displayName: name };
}

function asUser(row: ScimUserRow) {
  const attributes = attributesOf(row);
  const isSame = attributes.userName?.toLowerCase() === row.email;
  return userOf({ ...attributes, ...(isSame ? {} : { userName: row.email }) }, row.externalId);
}

function demandUuid(id: string): void {
  if (!isUuid(id)) scimUserNotFound();
}

function scimUserNotFound(): never {
  throw refusal('member.not_found');
}
