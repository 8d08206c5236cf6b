import { isUuid } from '../../common/uuid.pipe.js';
import {
  demandText,
  invalidPath,
  isRecord,
  onlyValue,
  scimOperationsOf,
  scimPathOf,
} from './scim-operations.js';
import { scimInvalid } from './scim-error-shape.js';
import { GROUP_SCHEMA } from './scim-urns.js';

/** What a request makes of a group: all operations of a PATCH, in their order, come down to this. */
export interface GroupChange {
  /** undefined: as it is. */
  name?: string;
  externalId?: string | null;
  /** Who is in it after it, and, if others stay, who is not. Ids in small letters. */
  members: Set<string>;
  leaving: Set<string>;
  othersStay: boolean;
  /** Whoever was added at any time: all have to exist. */
  named: Set<string>;
}

/** What one event of the log can name, and an answer show. */
export const GROUP_MEMBERS_MAX = 5000;
/** One for each member. */
export const GROUP_OPERATIONS_MAX = GROUP_MEMBERS_MAX;
/**
 * Of a body. In the shape of our own answers a member has five values and 170 bytes beside the name, in an operation of
 * their own up to eight.
 */
export const GROUP_BODY = { bytesMax: 4 * 1024 * 1024, valuesMax: 8 * GROUP_MEMBERS_MAX };

/** Attributes that the service sets, which Okta sends along. */
const DROPPED = ['id', 'schemas', 'meta'];

/** A group as POST and PUT send one. @throws DomainError `scim.invalid` */
export function wantedGroupOf(body: unknown) {
  if (!isRecord(body)) throw scimInvalid('invalidSyntax', 'The body should be a group.');
  const given = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  const schemas = given.get('schemas');
  if (!Array.isArray(schemas) || !schemas.includes(GROUP_SCHEMA))
    throw scimInvalid('invalidSyntax', `schemas should include "${GROUP_SCHEMA}".`);
  return {
    name: nameFrom(given.get('displayname')),
    externalId: externalIdFrom(given.get('externalid') ?? null),
    ...changeOf(knownIdsOf(given.get('members') ?? []), false),
  };
}

/**
 * What a PATCH of a group comes down to: a group may have thousands of members, and they are not read for it.
 * @throws DomainError `scim.invalid`
 */
export function groupChangeOf(body: unknown): GroupChange {
  const change: GroupChange = changeOf([], true);
  for (const { op, path, value } of scimOperationsOf(body, GROUP_OPERATIONS_MAX)) {
    const { attribute, filter, subAttribute, isOfExtension } = scimPathOf(path, GROUP_SCHEMA);
    const name = attribute.toLowerCase();
    if (DROPPED.includes(name)) continue;
    if (isOfExtension || subAttribute !== undefined) throw invalidPath();
    if (filter !== undefined && (name !== 'members' || op !== 'remove')) throw invalidPath();
    if (name === 'members') changeMembers(change, op, filter === undefined ? value : idsIn(filter));
    else if (name === 'externalid') change.externalId = op === 'remove' ? null : externalIdFrom(value);
    else if (name !== 'displayname') throw invalidPath();
    else if (op === 'remove') throw scimInvalid('mutability', 'displayName cannot be removed.');
    else change.name = nameFrom(value);
  }
  return change;
}

function changeOf(members: readonly string[], othersStay: boolean) {
  return { members: new Set(members), leaving: new Set<string>(), othersStay, named: new Set(members) };
}

function changeMembers(change: GroupChange, op: 'add' | 'replace' | 'remove', value: unknown): void {
  const { members, leaving, named } = change;
  const isOfAll = op === 'replace' || (op === 'remove' && (value === undefined || value === null));
  if (isOfAll) {
    members.clear();
    leaving.clear();
    change.othersStay = false;
  }
  if (op === 'remove') {
    for (const id of isOfAll ? [] : idsOf(value)) {
      members.delete(id);
      // What is no id is in no group.
      if (isUuid(id)) leaving.add(id);
    }
    return;
  }
  for (const id of knownIdsOf(value)) {
    leaving.delete(id);
    members.add(id);
    named.add(id);
  }
  demandRoom(members.size);
}

/** @throws DomainError `scim.invalid` for more members than a group can have */
export function demandRoom(members: number): void {
  if (members > GROUP_MEMBERS_MAX)
    throw scimInvalid('invalidValue', `A group should have at most ${GROUP_MEMBERS_MAX} members.`);
}

/** The ids of `members[value eq "…"]`, and of alternatives. */
function idsIn(filter: string): string[] {
  return filter.split(/\sor\s/i).map((each) => {
    const id = /^\s*value\s+eq\s+"([^"\\]*)"\s*$/i.exec(each)?.[1];
    if (id === undefined) throw invalidPath();
    return id;
  });
}

/** @throws DomainError `scim.invalid` for what cannot be the id of a user */
function knownIdsOf(value: unknown): string[] {
  const ids = idsOf(value);
  demandRoom(ids.length);
  if (!ids.every(isUuid)) throw scimInvalid('invalidValue', 'A member should be the id of a user.');
  return ids;
}

function idsOf(value: unknown): string[] {
  const entries: unknown[] = Array.isArray(value) ? value : [value];
  const ids = entries.map((entry) => {
    const id = isRecord(entry) ? entry.value : entry;
    if (typeof id !== 'string')
      throw scimInvalid('invalidValue', 'A member should have the id of a user as its value.');
    return id.toLowerCase();
  });
  return [...new Set(ids)];
}

function nameFrom(value: unknown): string {
  const name = onlyValue(value);
  demandText('displayName', name, 1);
  return name;
}

function externalIdFrom(value: unknown): string | null {
  if (value === null) return null;
  demandText('externalId', value);
  return value;
}
