import { scimInvalid } from './scim-refusal.js';
import { PATCH_OP } from './scim-urns.js';

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
