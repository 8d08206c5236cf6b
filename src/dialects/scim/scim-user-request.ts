import SCIMMY from 'scimmy';
import {
  demandPlainWords,
  invalidPath,
  isRecord,
  onlyValue,
  OPERATIONS_MAX,
  type ScimOperation,
  scimOperationsOf,
  scimPathOf,
  unquoted,
} from './scim-operations.js';
import { activeUnclear, refusalOf, scimInvalid } from './scim-error-shape.js';
import { ScimUser } from './scim-schemas.js';
import { PATCH_OP, USER_SCHEMA } from './scim-urns.js';

/** Attributes by which clients mean that somebody may not work any more, other than `active` itself. */
const LIKE_ACTIVE = /activ|enabled|disabled|suspend|locked|deleted|status/i;

/**
 * Whether a name may be about the state of a user. If it is not `active` itself, such an attribute is refused:
 * otherwise a person whom the directory has deactivated would stay.
 */
function isLikeActive(name: string): boolean {
  return LIKE_ACTIVE.test(name);
}

/**
 * A value of `active`: a boolean, the strings that Entra ID sends in place of one ("False"), and the list of one
 * value in which it sent them earlier.
 * @throws DomainError `scim.active_unclear` for anything else
 */
function activeFrom(value: unknown): boolean {
  const plain = onlyValue(value);
  if (typeof plain === 'boolean') return plain;
  const text = typeof plain === 'string' ? plain.toLowerCase() : '';
  if (text !== 'true' && text !== 'false') throw activeUnclear();
  return text === 'true';
}

/**
 * The value that several places of one request give. @throws DomainError `scim.active_unclear` if they contradict
 * each other
 */
function agreedActive(values: readonly boolean[]): boolean | undefined {
  if (values.includes(true) && values.includes(false)) throw activeUnclear();
  return values[0];
}

/** The user as a request describes it. */
export interface WantedUser {
  user: ScimUser;
  /** undefined: as it is. */
  active: boolean | undefined;
}

interface UserPatch {
  operations: ScimOperation[];
  active: boolean | undefined;
}

/** What is kept. */
const KEPT = ['userName', 'externalId', 'displayName', 'name', 'emails'];
/** Other attributes of RFC 7643 §4.1, and those that the service sets: accepted, and not stored. */
const DROPPED = new Set(
  [
    ...['id', 'schemas', 'meta', 'groups', 'nickName', 'profileUrl', 'title', 'userType', 'password'],
    ...['preferredLanguage', 'locale', 'timezone', 'phoneNumbers', 'ims', 'photos', 'addresses'],
    ...['entitlements', 'roles', 'x509Certificates'],
  ].map((name) => name.toLowerCase()),
);

const IS_ACTIVE = /^(?:urn:ietf:params:scim:schemas:core:2\.0:user:)?active$/i;

const keptName = (attribute: string): string | undefined =>
  KEPT.find((name) => name.toLowerCase() === attribute.toLowerCase());

/**
 * A user as POST and PUT send one. Attributes that are not stored are ignored, according to RFC 7644 §3.3, except
 * those that may say whether the user is active.
 * @throws DomainError `scim.invalid`, `scim.active_unclear`
 */
export function wantedUserOf(body: unknown): WantedUser {
  if (!isRecord(body)) throw scimInvalid('invalidSyntax', 'The body should be a user.');
  const { schemas } = body;
  if (!Array.isArray(schemas) || !schemas.includes(USER_SCHEMA))
    throw scimInvalid('invalidSyntax', `schemas should include "${USER_SCHEMA}".`);
  const actives: boolean[] = [];
  const kept: Record<string, unknown> = { schemas: [USER_SCHEMA] };
  for (const [key, value] of Object.entries(body)) {
    const name = meantBy(key, value);
    if (name === 'active') actives.push(activeFrom(value));
    else if (name !== null && value !== null) kept[name] = valueOf(name, value);
  }
  return { user: userFrom(kept), active: agreedActive(actives) };
}

/** The stored attribute, or `active`, that a member of a body means; null: one that is not stored. */
function meantBy(key: string, value: unknown): string | null {
  const isUrn = /^urn:/i.test(key);
  const name = isUrn ? key.slice(key.lastIndexOf(':') + 1) : key;
  const isOwn = !isUrn || key.toLowerCase() === `${USER_SCHEMA}:${name}`.toLowerCase();
  if (isOwn && name.toLowerCase() === 'active') return 'active';
  demandNothingLikeActive(name, isUrn ? value : undefined);
  return isOwn ? (keptName(name) ?? null) : null;
}

/** @param of the value of an extension, whose attributes are looked at as well */
function demandNothingLikeActive(name: string, of: unknown): void {
  const names = [name, ...(isRecord(of) ? Object.keys(of) : [])];
  if (names.some(isLikeActive)) throw activeUnclear();
}

/**
 * The changes of a PATCH of a user. Operations on attributes that are not stored are ignored.
 * @throws DomainError `scim.invalid`; `scim.active_unclear` for whatever may be about `active` and is not understood
 */
export function userPatchOf(body: unknown): UserPatch {
  const actives: boolean[] = [];
  const operations: ScimOperation[] = [];
  for (const operation of scimOperationsOf(body, OPERATIONS_MAX)) {
    const { op, path, value } = operation;
    if (/activ/i.test(unquoted(path)) && !IS_ACTIVE.test(path)) throw activeUnclear();
    const { attribute, filter, subAttribute, isOfExtension } = scimPathOf(path, USER_SCHEMA);
    if (attribute.toLowerCase() === 'active' && !isOfExtension) {
      if (op === 'remove') throw activeUnclear();
      actives.push(activeFrom(value));
      continue;
    }
    demandNothingLikeActive(attribute, isOfExtension ? value : undefined);
    if (isOfExtension || DROPPED.has(attribute.toLowerCase())) continue;
    const name = keptName(attribute);
    if (name === undefined) throw invalidPath();
    if (filter !== undefined) demandPlainWords(filter, 'invalidPath');
    const place = `${name}${filter === undefined ? '' : `[${filter}]`}${subAttribute === undefined ? '' : `.${subAttribute}`}`;
    const isEmpty = op !== 'remove' && (value === null || value === '');
    operations.push(
      isEmpty
        ? { op: 'remove', path: place, value: undefined }
        : { op, path: place, value: valueOf(subAttribute ?? name, value) },
    );
  }
  return { operations, active: agreedActive(actives) };
}

/** Whether a request with this body deactivates a user. Errors in it are reported when it is read. */
export function deactivates(body: unknown): boolean {
  try {
    const isPatch = isRecord(body) && Array.isArray(body.schemas) && body.schemas.includes(PATCH_OP);
    return (isPatch ? userPatchOf(body) : wantedUserOf(body)).active === false;
  } catch {
    return false;
  }
}

/**
 * `user` after the operations.
 * @throws DomainError `scim.invalid`
 */
export async function patchedUser(user: ScimUser, operations: readonly ScimOperation[]): Promise<ScimUser> {
  let current = user;
  for (const operation of operations) current = await applied(current, operation);
  return current;
}

async function applied(user: ScimUser, operation: ScimOperation): Promise<ScimUser> {
  try {
    return await patch(user, operation);
  } catch (error) {
    const added = hasNoTarget(error) ? missingEntryOf(operation) : null;
    if (added === null) throw refusalOf(error);
    return patch(user, added).catch((failure: unknown) => {
      throw refusalOf(failure);
    });
  }
}

async function patch(user: ScimUser, { op, path, value }: ScimOperation): Promise<ScimUser> {
  const operation = { op, path, ...(op === 'remove' && value === undefined ? {} : { value }) };
  const message = new SCIMMY.Messages.PatchOp({ schemas: [PATCH_OP], Operations: [operation] });
  return (await message.apply(user)) ?? user;
}

function hasNoTarget(error: unknown): boolean {
  return error instanceof SCIMMY.Types.Error && error.scimType === 'noTarget';
}

/** Entra ID adds to `emails[type eq "work"].value` where there is none: an entry of that type is meant. */
function missingEntryOf({ op, path, value }: ScimOperation): ScimOperation | null {
  const [, attribute, name, wanted, subAttribute] =
    /^(\w+)\[\s*(\w+)\s+eq\s+"([^"\\]{1,64})"\s*\]\.(\w+)$/i.exec(path) ?? [];
  if (op === 'remove' || attribute === undefined || name === undefined || subAttribute === undefined)
    return null;
  return { op: 'add', path: attribute, value: [{ [name]: wanted, [subAttribute]: value }] };
}

/** @throws DomainError `scim.invalid` */
function userFrom(resource: object): ScimUser {
  try {
    return new ScimUser(resource);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Strings in place of booleans, as Entra ID sends them, where an attribute is a boolean. */
function withBooleans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBooleans);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, of]) => of !== null)
      .map(([name, of]) => [name, valueOf(name, of)]),
  );
}

function valueOf(attribute: string, value: unknown): unknown {
  if (attribute === 'userName' || attribute === 'displayName') return onlyValue(value);
  if (attribute.toLowerCase() !== 'primary') return withBooleans(value);
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return text === 'true' || text === 'false' ? text === 'true' : value;
}
