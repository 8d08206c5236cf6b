import type { Documented, Field } from './field.js';
import {
  type Column,
  type FieldsWith,
  type Labels,
  TOKEN_FIELDS,
  type TokenField,
  type TokenValues,
} from './token-schema.js';

export const FIELDS = Object.entries(TOKEN_FIELDS) as readonly [TokenField, Field][];

export const columnOf = <Name extends string>(field: Name): Column<Name> =>
  field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as Column<Name>;

/** In the order of their declaration. */
export const fieldsWhere = <Name extends TokenField = TokenField>(is: (field: Field) => boolean): Name[] =>
  FIELDS.filter(([, field]) => is(field)).map(([name]) => name as Name);

/**
 * A function made of an expression of its arguments, once, when a module is loaded: as fast as if it were written out, which a
 * loop over fields is not. Only names that are declared in this folder and constants of the program may be parts of it.
 */
export function compiled<Function>(argumentNames: string, expression: string): Function {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- of declarations alone: see above
  return new globalThis.Function(argumentNames, `return ${expression};`) as Function;
}

/** The expression of an object with these members, each an expression. */
export const literal = (members: readonly (readonly [name: string, value: string])[]): string =>
  `({ ${members.map(([name, value]) => `${name}: ${value}`).join(', ')} })`;

/** The columns that the service may change, for its privileges. */
export const CHANGING_COLUMNS: readonly string[] = fieldsWhere(({ changes }) => changes === true).map(
  columnOf,
);

const LABELS = fieldsWhere<keyof Labels>(({ label }) => label !== undefined);

/** Of something that has all of them, those of a token. */
export const labelsOf = compiled<(token: Labels) => Labels>(
  'token',
  literal(LABELS.map((name) => [name, `token.${name}`])),
);

/** The same of something that may leave some out. */
export const labelsFrom = compiled<(given: Partial<Labels>) => Labels>(
  'given',
  literal(LABELS.map((name) => [name, `given.${name} ?? null`])),
);

/** Those that an input names, by their columns; left out: not named. */
export function labelsNamed(input: object): Partial<Labels> {
  const members = input as Partial<Record<string, unknown>>;
  const named = LABELS.map((name) => [name, members[columnOf(name)]]).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(named) as Partial<Labels>;
}

/** Those that the MAC covers, and verdicts may state. */
export const BOUND_LABELS = fieldsWhere<keyof Labels>(
  ({ label, mac }) => label !== undefined && mac !== undefined,
);

export const LOGGED_LABELS = fieldsWhere<FieldsWith<{ logged: true }>>(({ logged }) => logged === true);
export const VERDICT_LABELS = fieldsWhere<FieldsWith<{ verdict: Documented }>>(
  ({ verdict }) => verdict !== undefined,
);

/** What a new token has in the fields that are set later. */
type Later = FieldsWith<{ made: 'later' }>;
export const AT_FIRST = Object.fromEntries(
  fieldsWhere<Later>(({ made }) => made === 'later').map((name) => [
    name,
    (TOKEN_FIELDS[name] as Field).default ?? null,
  ]),
) as Pick<TokenValues, Later>;

/** What whoever makes a token may leave unset, unset. */
type Unset = Exclude<FieldsWith<{ nullable: true }>, FieldsWith<{ made: string }> | 'mac' | 'idleSeconds'>;
export const UNSET = Object.fromEntries(
  fieldsWhere<Unset>(
    ({ made, nullable, mac }) => made === undefined && nullable === true && mac !== 'session',
  ).map((name) => [name, null]),
) as Record<Unset, null>;
