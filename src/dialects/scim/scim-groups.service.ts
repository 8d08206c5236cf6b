import { Injectable } from '@nestjs/common';
import { MappedRolesService } from '../../administration/members/mapped-roles.service.js';
import type { BusinessCaller } from '../../auth/caller.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import { newId } from '../../common/new-id.js';
import { isUuid } from '../../common/uuid.pipe.js';
import { GroupsRepository, type Group } from '../../directory/groups/groups.repository.js';
import {
  equalitiesOf,
  isAskedFor,
  listOf,
  projected,
  type ScimListDto,
  type ScimProjectionDto,
  windowOf,
} from './scim-list.js';
import {
  demandRoom,
  GROUP_MEMBERS_MAX,
  groupChangeOf,
  wantedGroupOf,
  type GroupChange,
} from './scim-group-request.js';
import { ScimGroupDto, type ScimGroupListDto } from './scim-resources.dto.js';
import { scimInvalid } from './scim-error-shape.js';
import { GROUP_SCHEMA } from './scim-urns.js';

const FILTERS = {
  id: 'id',
  displayname: 'name',
  externalid: 'externalId',
  members: 'memberId',
  'members.value': 'memberId',
} as const;

/** Groups of a directory. Every change of one also sets the resulting roles, in the same transaction. */
@Injectable()
export class ScimGroupsService {
  constructor(
    private readonly groups: GroupsRepository,
    private readonly mappedRoles: MappedRolesService,
    private readonly changes: Changes,
  ) {}

  async list({ businessId }: BusinessCaller, query: ScimListDto, base: string): Promise<ScimGroupListDto> {
    const filter = equalitiesOf(query.filter, FILTERS, GROUP_SCHEMA);
    const window = windowOf(query);
    const ids = [filter.id, filter.memberId].filter((id) => id !== undefined);
    if (!ids.every(isUuid)) return listOf(0, window.offset, []);
    const { total, groups } = await this.groups.page(businessId, filter, window);
    const fitting = isAskedFor('members', query) ? await this.fitting(businessId, groups) : groups;
    return listOf(total, window.offset, await this.shown(businessId, fitting, query, base));
  }

  /** The first of the groups that have GROUP_MEMBERS_MAX members together; one at least. A page may be shorter (RFC 7644 §3.4.2.4). */
  private async fitting(businessId: string, groups: readonly Group[]): Promise<readonly Group[]> {
    if (groups.length < 2) return groups;
    const sizes = await this.groups.sizesOf(
      businessId,
      groups.map(({ id }) => id),
    );
    let members = 0;
    const count = sizes.findIndex((size, index) => (members += size) > GROUP_MEMBERS_MAX && index > 0);
    return count === -1 ? groups : groups.slice(0, count);
  }

  /** @throws DomainError `group.not_found` */
  async get(
    caller: BusinessCaller,
    id: string,
    projection: ScimProjectionDto,
    base: string,
  ): Promise<ScimGroupDto> {
    demandUuid(id);
    const { groups } = await this.groups.page(caller.businessId, { id }, { offset: 0, limit: 1 });
    const [group] = await this.shown(caller.businessId, groups, projection, base);
    return group ?? scimGroupNotFound();
  }

  /** @throws DomainError `group.exists`, `scim.invalid`, `permission.denied` */
  create(caller: BusinessCaller, body: unknown, base: string): Promise<ScimGroupDto> {
    const wanted = wantedGroupOf(body);
    const { name, externalId } = wanted;
    const { businessId, principal } = caller;
    return this.changes.make(caller, businessId, 'wait', async (change) => {
      const { manager } = change;
      if (await this.groups.isTaken(businessId, name, null, manager)) throw refusal('group.exists');
      const id = newId();
      await this.groups.insert(businessId, { id, name, externalId }, manager);
      const { added: members } = await this.move(change, businessId, id, wanted);
      change.record({
        action: 'group.created',
        target: { kind: 'group', id },
        details: { name, external_id: externalId, members },
      });
      await this.mappedRoles.reevaluate(change, businessId, members, principal);
      return this.answer(change, businessId, id, base);
    });
  }

  /** @throws DomainError `group.not_found`, `group.exists`, `member.last_owner`, `permission.denied`, `scim.invalid` */
  replace(caller: BusinessCaller, id: string, body: unknown, base: string): Promise<ScimGroupDto> {
    return this.change(caller, id, wantedGroupOf(body), base);
  }

  /** @throws as `replace` */
  patch(caller: BusinessCaller, id: string, body: unknown, base: string): Promise<ScimGroupDto> {
    return this.change(caller, id, groupChangeOf(body), base);
  }

  /** @throws DomainError `group.not_found`, `member.last_owner`, `permission.denied` */
  async delete(caller: BusinessCaller, id: string): Promise<void> {
    demandUuid(id);
    const { businessId, principal } = caller;
    await this.changes.make(caller, businessId, 'wait', async (change) => {
      const { manager } = change;
      const group = (await this.groups.find(businessId, id, manager)) ?? scimGroupNotFound();
      const members = await this.groups.take(businessId, group.id, [], true, manager);
      await this.groups.remove(businessId, group.id, manager);
      change.record({
        action: 'group.deleted',
        target: { kind: 'group', id: group.id },
        details: { name: group.name, external_id: group.externalId, members },
      });
      await this.mappedRoles.reevaluate(change, businessId, members, principal);
    });
  }

  private async change(
    caller: BusinessCaller,
    id: string,
    wanted: GroupChange,
    base: string,
  ): Promise<ScimGroupDto> {
    demandUuid(id);
    const { businessId, principal } = caller;
    return this.changes.make(caller, businessId, 'wait', async (change) => {
      const before = (await this.groups.find(businessId, id, change.manager)) ?? scimGroupNotFound();
      const { name = before.name, externalId = before.externalId } = wanted;
      const { added, removed } = await this.move(change, businessId, id, wanted);
      const isRenamed = name !== before.name;
      if (isRenamed && (await this.groups.isTaken(businessId, name, id, change.manager)))
        throw refusal('group.exists');
      if (isRenamed || externalId !== before.externalId || added.length + removed.length > 0) {
        await this.groups.update(businessId, before.id, { name, externalId }, change.manager);
        change.record({
          action: 'group.changed',
          target: { kind: 'group', id: before.id },
          details: {
            name_before: before.name,
            name_after: name,
            external_id_before: before.externalId,
            external_id_after: externalId,
            members_added: added,
            members_removed: removed,
          },
        });
        const staying = isRenamed ? await this.groups.membersOf(businessId, [before.id], change.manager) : [];
        const concerned = new Set([...added, ...removed, ...staying.map(({ memberId }) => memberId)]);
        await this.mappedRoles.reevaluate(change, businessId, [...concerned], principal);
      }
      return this.answer(change, businessId, before.id, base);
    });
  }

  /**
   * @returns who was not in it before, and who was
   * @throws DomainError `scim.invalid` for users that do not exist, or too many
   */
  private async move(
    { manager }: Change,
    businessId: string,
    id: string,
    { members, leaving, othersStay, named }: GroupChange,
  ): Promise<{ added: string[]; removed: string[] }> {
    if ((await this.groups.countKnown(businessId, [...named], manager)) < named.size)
      throw scimInvalid('invalidValue', 'A member should be the id of a user that exists.');
    const taken = [...(othersStay ? leaving : members)];
    const removed = await this.groups.take(businessId, id, taken, !othersStay, manager);
    const added = await this.groups.add(businessId, id, [...members], manager);
    if (added.length > 0) demandRoom(await this.groups.sizeOf(businessId, id, manager));
    return { added, removed };
  }

  private async answer(
    { manager }: Change,
    businessId: string,
    id: string,
    base: string,
  ): Promise<ScimGroupDto> {
    const group = (await this.groups.find(businessId, id, manager)) ?? scimGroupNotFound();
    return ScimGroupDto.from(group, await this.groups.membersOf(businessId, [id], manager), base);
  }

  private async shown(
    businessId: string,
    groups: readonly Group[],
    projection: ScimProjectionDto,
    base: string,
  ): Promise<ScimGroupDto[]> {
    const ids = isAskedFor('members', projection) ? groups.map(({ id }) => id) : [];
    const members = ids.length === 0 ? [] : await this.groups.membersOf(businessId, ids);
    const of = Map.groupBy(members, ({ groupId }) => groupId);
    return groups.map((group) =>
      projected(ScimGroupDto.from(group, of.get(group.id) ?? [], base), projection),
    );
  }
}

function demandUuid(id: string): void {
  if (!isUuid(id)) scimGroupNotFound();
}

function scimGroupNotFound(): never {
  throw refusal('group.not_found');
}
