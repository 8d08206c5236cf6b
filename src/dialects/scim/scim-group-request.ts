import SCIMMY from 'scimmy';
import { isUuid } from '../../common/uuid.pipe.js';
import { isRecord, onlyValue, scimOperationsOf } from './scim-operations.js';
import { demandPlainWords, invalidPath, scimPathOf } from './scim-path.js';
import { scimInvalid } from './scim-refusal.js';
import { demandText } from './scim-text.js';
import { GROUP_SCHEMA } from './scim-urns.js';

/** A group as POST and PUT send one. */
interface WantedGroup {
  name: string;
  externalId: string | null;
  /** Ids in small letters, each once. */
  members: string[];
}

/** One step of what a PATCH does to a group. */
export type GroupStep =
  | { kind: 'name'; name: string }
  | { kind: 'externalId'; externalId: string | null }
  /** `replace`: these and no others are in it. `remove` of null: everybody. */
  | { kind: 'add' | 'replace'; members: string[] }
  | { kind: 'remove'; members: string[] | null };

/** Attributes that the service sets, which Okta sends along. */
const DROPPED = ['id', 'schemas', 'meta'];

/** @throws DomainError `scim.invalid` */
export function wantedGroupOf(body: unknown): WantedGroup {
  if (!isRecord(body)) throw scimInvalid('invalidSyntax', 'The body should be a group.');
  const given = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  const schemas = given.get('schemas');
  if (!Array.isArray(schemas) || !schemas.includes(GROUP_SCHEMA))
    throw scimInvalid('invalidSyntax', `schemas should include "${GROUP_SCHEMA}".`);
  return {
    name: nameFrom(given.get('displayname')),
    externalId: externalIdFrom(given.get('externalid') ?? null),
    members: knownIdsOf(given.get('members') ?? []),
  };
}

/**
 * The steps of a PATCH of a group: a group may have thousands of members, and they are not read for it.
 * @throws DomainError `scim.invalid`
 */
export function groupStepsOf(body: unknown): GroupStep[] {
  return scimOperationsOf(body).flatMap(({ op, path, value }): GroupStep[] => {
    const { attribute, filter, subAttribute, isOfExtension } = scimPathOf(path, GROUP_SCHEMA);
    const name = attribute.toLowerCase();
    if (DROPPED.includes(name)) return [];
    if (isOfExtension || subAttribute !== undefined) throw invalidPath();
    if (name === 'members') return [stepOfMembers(op, filter, value)];
    if (filter !== undefined) throw invalidPath();
    if (name === 'externalid')
      return [{ kind: 'externalId', externalId: op === 'remove' ? null : externalIdFrom(value) }];
    if (name !== 'displayname') throw invalidPath();
    if (op === 'remove') throw scimInvalid('mutability', 'displayName cannot be removed.');
    return [{ kind: 'name', name: nameFrom(value) }];
  });
}

function stepOfMembers(
  op: 'add' | 'replace' | 'remove',
  filter: string | undefined,
  value: unknown,
): GroupStep {
  if (filter !== undefined) {
    if (op !== 'remove') throw invalidPath();
    return { kind: 'remove', members: idsIn(filter) };
  }
  if (op !== 'remove') return { kind: op, members: knownIdsOf(value) };
  return { kind: 'remove', members: value === undefined || value === null ? null : idsOf(value) };
}

/** The ids of `members[value eq "…"]`, and of alternatives. */
function idsIn(filter: string): string[] {
  demandPlainWords(filter, 'invalidPath');
  return parsed(filter).map((branch) => {
    const entries = isRecord(branch) ? Object.entries(branch) : [];
    const [[name, expression] = ['', []]] = entries;
    const [operator, id] = Array.isArray(expression) ? (expression as unknown[]) : [];
    if (entries.length !== 1 || name.toLowerCase() !== 'value' || operator !== 'eq' || typeof id !== 'string')
      throw invalidPath();
    return id.toLowerCase();
  });
}

function parsed(filter: string): unknown[] {
  try {
    return Array.from(new SCIMMY.Types.Filter(filter)) as unknown[];
  } catch {
    throw invalidPath();
  }
}

/** @throws DomainError `scim.invalid` for what cannot be the id of a user */
function knownIdsOf(value: unknown): string[] {
  const ids = idsOf(value);
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
