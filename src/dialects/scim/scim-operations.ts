import { scimInvalid } from './scim-error-shape.js';
import { PATCH_OP } from './scim-urns.js';
import { isCleanText } from '../../common/clean-text.js';
import { ownSecretsIn } from '../../secrets/token-strings.js';

export const TEXT_LENGTH_MAX = 255;

/**
 * @throws DomainError `scim.invalid` unless `text` can be stored: all its characters are visible, and it contains no
 * secret
 */
export function demandText(attribute: string, text: unknown, lengthMin = 0): asserts text is string {
  const isFine =
    typeof text === 'string' &&
    text.length <= 2 * TEXT_LENGTH_MAX &&
    [...text].length <= TEXT_LENGTH_MAX &&
    text.trim().length >= lengthMin &&
    isCleanText(text) &&
    ownSecretsIn(text).next().done === true;
  if (isFine) return;
  throw scimInvalid(
    'invalidValue',
    `${attribute} should be a text of ${lengthMin} to ${TEXT_LENGTH_MAX} characters, none of them invisible, and no secret.`,
  );
}

/** Where an operation or a member of a body points (RFC 7644 §3.5.2). */
interface ScimPath {
  /** The attribute; of an extension, its last name. */
  attribute: string;
  /** What stands in the brackets. */
  filter?: string;
  subAttribute?: string;
  /** Whether it belongs to another schema than that of the resource. */
  isOfExtension: boolean;
}

const PATH_LENGTH_MAX = 256;
const PATH = /^([a-z$][\w$-]{0,63})(?:\[([^\]]{1,200})\])?(?:\.([a-z$][\w$-]{0,63}))?$/i;
/** Names that JavaScript objects inherit: the library writes wherever a path points. */
const INHERITED = /__proto__|prototype|constructor/i;

/** @throws DomainError `scim.invalid` with `invalidPath` */
export function scimPathOf(path: string, schema: string): ScimPath {
  if (path.length > PATH_LENGTH_MAX || INHERITED.test(unquoted(path))) throw invalidPath();
  const prefix = `${schema}:`;
  if (path.toLowerCase().startsWith(prefix.toLowerCase())) return plain(path.slice(prefix.length));
  if (!/^urn:/i.test(path)) return plain(path);
  return { attribute: path.slice(path.lastIndexOf(':') + 1), isOfExtension: true };
}

/** A string that a path or a filter compares with. */
export const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** A path or a filter without what it compares with. */
export function unquoted(text: string): string {
  return text.replaceAll(QUOTED, '""');
}

/** Refuses a filter that names what objects inherit. @throws DomainError `scim.invalid` with `scimType` */
export function demandPlainWords(filter: string, scimType: 'invalidFilter' | 'invalidPath'): void {
  if (INHERITED.test(unquoted(filter)))
    throw scimInvalid(scimType, 'The filter names no attribute that is known here.');
}

function plain(path: string): ScimPath {
  const [, attribute, filter, subAttribute] = PATH.exec(path) ?? [];
  if (attribute === undefined) throw invalidPath();
  return {
    attribute,
    ...(filter === undefined ? {} : { filter }),
    ...(subAttribute === undefined ? {} : { subAttribute }),
    isOfExtension: false,
  };
}

export function invalidPath() {
  return scimInvalid('invalidPath', 'The path of an operation names no attribute that is known here.');
}

/** One operation of a PATCH on one path. */
export interface ScimOperation {
  op: 'add' | 'replace' | 'remove';
  path: string;
  value: unknown;
}

/** The library takes milliseconds for each. */
export const OPERATIONS_MAX = 50;

const OPS = ['add', 'replace', 'remove'] as const;

/**
 * The operations of a PATCH (RFC 7644 §3.5.2), each with a path: a value without one is taken apart. Their names may be
 * in any case, as Entra ID capitalises them, and so may those of the members of the body.
 * @throws DomainError `scim.invalid`, also for more than `max` of them
 */
export function scimOperationsOf(body: unknown, max: number): ScimOperation[] {
  const { schemas, operations } = lowerCased(body) as { schemas?: unknown; operations?: unknown };
  if (!Array.isArray(schemas) || !schemas.includes(PATCH_OP))
    throw scimInvalid('invalidSyntax', `schemas should be ["${PATCH_OP}"].`);
  if (!Array.isArray(operations) || operations.length === 0)
    throw scimInvalid('invalidSyntax', 'Operations should be a list of at least one operation.');
  const each = operations.flatMap(apart);
  if (each.length > max) throw scimInvalid('invalidValue', `There should be at most ${max} operations.`);
  return each;
}

function apart(operation: unknown): ScimOperation[] {
  const { op: asked, path, value } = lowerCased(operation) as Record<'op' | 'path' | 'value', unknown>;
  const op = OPS.find((each) => typeof asked === 'string' && each === asked.toLowerCase());
  if (op === undefined) throw scimInvalid('invalidSyntax', 'op should be add, replace or remove.');
  if (typeof path === 'string' && path !== '') return [{ op, path, value }];
  if (path !== undefined && path !== null && path !== '')
    throw scimInvalid('invalidPath', 'path should be a string.');
  if (op === 'remove') throw scimInvalid('noTarget', 'An operation that removes should have a path.');
  if (!isRecord(value)) throw scimInvalid('invalidValue', 'Without a path, value should be an object.');
  return Object.entries(value).map(([name, of]) => ({ op, path: name, value: of }));
}

function lowerCased(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw scimInvalid('invalidSyntax', 'Each operation should be an object.');
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name.toLowerCase(), of]));
}

/** What a list of one value holds, as older directories send what is not a list; anything else as it is. */
export function onlyValue(value: unknown): unknown {
  const [only, ...others] = Array.isArray(value) ? (value as unknown[]) : [];
  return others.length === 0 && isRecord(only) && 'value' in only ? only.value : value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
