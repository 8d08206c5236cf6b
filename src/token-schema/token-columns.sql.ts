import { columnOf, FIELDS, fieldsWhere } from './derived.js';
import type { Field } from './field.js';
import type { Column, FieldsWith, TokenField, TokenValues } from './token-schema.js';

type BoundField = FieldsWith<{ mac: number | string }>;

/** As PostgreSQL gives it, or JSON as its text. */
type Read<Value> = Value extends string[]
  ? readonly string[]
  : Value extends Record<string, unknown>
    ? object | string
    : Value;

/** What of a token its MAC covers, columns by their names; of its owner the one that it has. */
export type BoundToken = { [Each in BoundField as Column<Each>]: Read<TokenValues[Each]> } & {
  owner_id: string | null;
};

/** As BOUND_COLUMNS_AS_TEXT reads it. */
export type BoundText = {
  [Each in BoundField as Column<Each>]: TokenValues[Each] extends Record<string, unknown> | null
    ? string | null
    : TokenValues[Each];
} & { owner_id: string | null };

const isBound = ({ mac }: Field): boolean => mac !== undefined;
const jsonAsText = (column: string): string => `t.${column}::text AS ${column}`;

function boundColumns(jsonIsText: boolean): string {
  const columns = FIELDS.filter(([, field]) => isBound(field)).map(([name, { type }]) =>
    jsonIsText && type === 'jsonb' ? jsonAsText(columnOf(name)) : `t.${columnOf(name)}`,
  );
  return [...columns, 'coalesce(t.member_id, t.identity_id) AS owner_id', 't.mac'].join(', ');
}

/** What the MAC of a token `t` covers, and the MAC: a `BoundToken`. */
export const BOUND_COLUMNS = boundColumns(false);

/** The same, with JSON as its text. */
export const BOUND_COLUMNS_AS_TEXT = boundColumns(true);

/** The members of a BoundToken and the MAC, each of the field of a row that has it. */
export const BOUND_OF_ROW: readonly (readonly [string, string])[] = [
  ...[...fieldsWhere(isBound), 'mac'].map((name) => [columnOf(name), `row.${name}`] as const),
  ['owner_id', 'row.memberId ?? row.identityId'],
];

/** In a row of a list, what is not the column itself: a token that was cut off is revoked by that. */
const READ_AS: Partial<Record<TokenField, string>> = {
  revokedAt: 'coalesce(t.revoked_at, cut.revoked_at)',
  revokedBy: 'CASE WHEN t.revoked_at IS NULL THEN cut.revoked_by ELSE t.revoked_by END',
  revocationReason: 'CASE WHEN t.revoked_at IS NULL THEN cut.revocation_reason ELSE t.revocation_reason END',
  revokedWith: 'coalesce(t.revoked_with, cut.id)',
};

/** Of a token `t` and its cut-off `cut`, everything that is not hidden, under the names of the fields. */
export const SHOWN_COLUMNS = FIELDS.filter(([, { hidden }]) => hidden !== true)
  .map(([name]) => `${READ_AS[name] ?? `t.${columnOf(name)}`} AS "${name}"`)
  .join(', ');

/** What a new token is given, and when it is made. */
export const INSERTED = FIELDS.filter(([, { made }]) => made === undefined || made === 'moment');

/** For json_to_recordset, which has bytes as hexadecimal text. */
export const GIVEN_IN_JSON = INSERTED.filter(([, { made }]) => made === undefined)
  .map(([name, { type }]) => `${columnOf(name)} ${type === 'varchar' || type === 'bytea' ? 'text' : type}`)
  .join(', ');
