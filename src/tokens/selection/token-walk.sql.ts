import type { CursorPosition, PageDirection } from '../../common/page.js';
import { OWNERS_OF_TOKENS, OWNERS_OF_UNREVOKED, TOKEN_COLUMNS } from '../token-rows.sql.js';
import { SORT_ORDERS, type TokenSort } from '../token-sort.js';
import type { TokenSelector } from './token-selector.js';
import {
  filteringConditions,
  hourOf,
  indexedConditions,
  isNamed,
  isOfUnrevoked,
  type Parameter,
  type Selection,
} from './selector.sql.js';

/** One range of a list in one sort order: the rows with a value in the sort column, or those without. */
export interface Stretch {
  sort: TokenSort;
  order: 'ASC' | 'DESC';
  isNull: boolean;
  /** After this row; null: from the beginning. */
  after: Pick<CursorPosition, 'value' | 'id'> | null;
}

/**
 * The ranges of a list after `after`, in the order of reading. Rows without a value are a range of their own, so that
 * each is one range of the index; a comparison with a substitute for null could not use the index.
 */
export function stretchesOf(
  sort: TokenSort,
  order: Stretch['order'],
  after: CursorPosition | null,
): Stretch[] {
  const { nulls } = SORT_ORDERS[sort];
  if (nulls === undefined) return [{ sort, order, isNull: false, after }];
  const nullsFirst = (nulls.place === 'first') === (order === 'ASC');
  const stretches = [nullsFirst, !nullsFirst].map((isNull): Stretch => ({
    sort,
    order,
    isNull,
    after: null,
  }));
  if (after === null) return stretches;
  const isAmongNulls = after.value === nulls.value;
  const begun = stretches.findIndex(({ isNull }) => isNull === isAmongNulls);
  return stretches.slice(begun).map((each, index) => (index === 0 ? { ...each, after } : each));
}

export function orderOf(descending: boolean, direction: PageDirection): Stretch['order'] {
  return descending === (direction === 'next') ? 'DESC' : 'ASC';
}

/**
 * How many rows are checked for each part of a page against filters without an index: some ten milliseconds of the
 * database.
 */
export const ROWS_LOOKED_AT_MAX = 5000;
/** How many names, in the same time: they are read from the index that gives the order, without the rows. */
export const NAMES_LOOKED_AT_MAX = 25_000;

/**
 * The next `limit` selected tokens of a range. At most `lookedAt` of the rows that the index gives are checked against
 * the other filters, and before that NAMES_LOOKED_AT_MAX of the names in it; null: as many as necessary.
 */
export function walk(
  stretch: Stretch,
  selection: Selection,
  limit: number,
  lookedAt: number | null,
  parameter: Parameter,
): string {
  const ordered = orderedBy(stretch);
  const owners = isOfUnrevoked(selection) ? OWNERS_OF_UNREVOKED : OWNERS_OF_TOKENS;
  const rows = rowsOf(stretch, selection, limit, lookedAt, parameter);
  return `SELECT ${TOKEN_COLUMNS} FROM (${rows}) t ${owners} ${ordered}`;
}

function rowsOf(
  stretch: Stretch,
  selection: Selection,
  limit: number,
  lookedAt: number | null,
  parameter: Parameter,
): string {
  const indexed = (): string[] => indexedConditions(selection, parameter);
  const filtering = filteringConditions(selection, parameter);
  if (lookedAt === null || filtering.length === 0)
    return `${along(stretch, selection, [...indexed(), ...filtering], parameter)} LIMIT ${parameter(limit)}`;
  const found = `WHERE ${filtering.join(' AND ')}`;
  const { name } = selection.selector;
  if (name === undefined || !hasNamesInIndex(selection))
    return `SELECT * FROM (${along(stretch, selection, indexed(), parameter)} LIMIT ${lookedAt}) t
  ${found} ${orderedBy(stretch)} LIMIT ${parameter(limit)}`;
  const named = `${namedAlong(stretch, selection, name, parameter)} LIMIT ${lookedAt}`;
  return `SELECT t.* FROM (${named}) n CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = n.id OFFSET 0) t
  ${found} ${orderedBy(stretch, 'n')} LIMIT ${parameter(limit)}`;
}

/** The row at which a read with a limit of rows stops; none: it reaches its end before that. */
export function lastLookedAt(
  stretch: Stretch,
  selection: Selection,
  lookedAt: number,
  parameter: Parameter,
): string {
  const columns = `t.id, t.created_at AS "createdAt", t.name, t.last_used_at AS "lastUsedAt", t.expires_at AS "expiresAt"`;
  const indexed = (): string[] => indexedConditions(selection, parameter);
  const { name } = selection.selector;
  if (name === undefined || !hasNamesInIndex(selection))
    return `SELECT ${columns} FROM (${along(stretch, selection, indexed(), parameter)} LIMIT 1 OFFSET ${lookedAt - 1}) t`;
  const named = `${namedAlong(stretch, selection, name, parameter)} LIMIT 1 OFFSET ${lookedAt - 1}`;
  const all = `${along(stretch, selection, indexed(), parameter, 't.id')} LIMIT 1 OFFSET ${NAMES_LOOKED_AT_MAX - 1}`;
  return `SELECT ${columns} FROM (SELECT id FROM (${named}) n UNION ALL SELECT id FROM (${all}) n LIMIT 1) n
  CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = n.id OFFSET 0) t`;
}

/**
 * Whether the index that the read goes along also holds the names, so that a row whose name does not match is not read:
 * tokens_created_at_idx, tokens_name_idx and tokens_expires_at_idx do, as long as nothing else leads to few rows.
 */
function hasNamesInIndex(selection: Selection): boolean {
  const { owner, sort, selector } = selection;
  const { externalId, metadata, issuedByToken, preview, lastUsedFrom } = selector;
  return (
    owner === null &&
    sort !== 'last_used_at' &&
    [externalId, metadata, issuedByToken, preview, lastUsedFrom].every((each) => each === undefined)
  );
}

/** Those of the next NAMES_LOOKED_AT_MAX tokens of the index whose name matches. */
function namedAlong(stretch: Stretch, selection: Selection, name: string, parameter: Parameter): string {
  const columns = [...new Set(['t.id', 't.name', ...SORT_ORDERS[stretch.sort].columns])].join(', ');
  const looked = along(stretch, selection, indexedConditions(selection, parameter), parameter, columns);
  return `SELECT * FROM (${looked} LIMIT ${NAMES_LOOKED_AT_MAX}) t WHERE ${isNamed(name, parameter)} ${orderedBy(stretch)}`;
}

function along(
  stretch: Stretch,
  { selector }: Selection,
  conditions: readonly string[],
  parameter: Parameter,
  columns = '*',
): string {
  const behind = [...conditions, ...unusedIn(stretch, selector, parameter), ...behindOf(stretch, parameter)];
  return `SELECT ${columns} FROM tokens t WHERE ${behind.join(' AND ')} ${orderedBy(stretch)}`;
}

/** When sorted by last use, the tokens used within the given days are a range of the index. */
function unusedIn({ sort, isNull }: Stretch, { unusedDays }: TokenSelector, parameter: Parameter): string[] {
  if (unusedDays === undefined || sort !== 'last_used_at' || isNull) return [];
  return [`t.last_used_hour <= ${hourOf(`now() - make_interval(days => ${parameter(unusedDays)}::int)`)}`];
}

/** If the first column is null, the others are null as well; with them the index could not give the order. */
function orderedBy({ sort, order, isNull }: Stretch, of = 't'): string {
  const { columns } = SORT_ORDERS[sort];
  const inOrder = [...(isNull ? columns.slice(0, 1) : columns), 't.id'];
  return `ORDER BY ${inOrder.map((column) => `${column.replace(/^t/, of)} ${order}`).join(', ')}`;
}

function behindOf({ sort, order, isNull, after }: Stretch, parameter: Parameter): string[] {
  const { columns, nulls } = SORT_ORDERS[sort];
  const [first] = columns;
  const present = nulls === undefined ? [] : [`${first} IS ${isNull ? 'NULL' : 'NOT NULL'}`];
  if (after === null) return present;
  const than = order === 'DESC' ? '<' : '>';
  if (isNull) return [...present, `t.id ${than} ${parameter(after.id)}::uuid`];
  const value = `${parameter(after.value)}::${sort === 'name' ? 'text' : 'timestamptz'}`;
  const values = sort === 'last_used_at' ? [hourOf(value), value] : [value];
  return [
    ...present,
    `(${[...columns, 't.id'].join(', ')}) ${than} (${[...values, `${parameter(after.id)}::uuid`].join(', ')})`,
  ];
}
