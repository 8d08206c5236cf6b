import type { CursorPosition, PageDirection } from '../../common/page.js';
import { pageOf } from '../token-rows.sql.js';
import { SORT_ORDERS, type TokenSort } from '../token-sort.js';
import type { TokenSelector } from './token-selector.js';
import {
  filteringConditions,
  hourOf,
  indexedConditions,
  isNamed,
  isOfUnrevoked,
  onlyBusinessOf,
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

/** How much is looked at against filters without an index: for each part of a page, or for a count. */
export interface WalkBounds {
  /** Rows that are checked. */
  rows: number;
  /** Names, where they are read from the index that gives the order, without the rows. */
  names: number;
}

/** Some twenty milliseconds of the database (docs/performance.md). */
export const WALK_BOUNDS: WalkBounds = { rows: 5000, names: 40_000 };

/** How far a count of what matches reaches: some fifty milliseconds of the database. */
export const COUNTED: WalkBounds = { rows: 50_000, names: 0 };

/**
 * The next `limit` selected tokens of a range. Within `bounds`, at most so many rows that the index gives are checked
 * against the other filters, and before that so many of the names in it; null: as many as necessary. Where names are
 * looked at (`looksAtNames`), the last row may be the one at which the search stands: see NamedRow.
 */
export function walk(
  stretch: Stretch,
  selection: Selection,
  limit: number,
  bounds: WalkBounds | null,
  parameter: Parameter,
): string {
  const ordered = orderedBy(stretch);
  const business = isOfUnrevoked(selection) ? null : onlyBusinessOf(selection, parameter);
  if (bounds !== null && looksAtNames(selection)) {
    const rows = namedRowsOf(stretch, selection, limit, bounds, parameter);
    return pageOf(rows, ordered, business, ['t."isFound"', 't."isLast"']);
  }
  return pageOf(rowsOf(stretch, selection, limit, bounds, parameter), ordered, business);
}

/** What `walk` says of each row where it looks at names. */
export interface NamedRow {
  /** It is selected. */
  isFound: boolean;
  /** The bounds are reached with it: the search goes on after it. */
  isLast: boolean;
}

/**
 * Whether `walk` looks at names before rows: the index that it goes along also holds the names, so that a row whose name
 * does not match is not read. tokens_created_at_idx, tokens_name_idx and tokens_expires_at_idx do, as long as nothing
 * else leads to few rows.
 */
export function looksAtNames({ owner, sort, selector }: Selection): boolean {
  const { name, externalId, metadata, issuedByToken, preview, lastUsedFrom } = selector;
  return (
    name !== undefined &&
    owner === null &&
    sort !== 'last_used_at' &&
    [externalId, metadata, issuedByToken, preview, lastUsedFrom].every((each) => each === undefined)
  );
}

/** The next `limit` selected tokens of a range: see `walk`. */
export function rowsOf(
  stretch: Stretch,
  selection: Selection,
  limit: number,
  bounds: WalkBounds | null,
  parameter: Parameter,
): string {
  const indexed = indexedConditions(selection, parameter);
  const filtering = filteringConditions(selection, parameter);
  if (bounds === null || filtering.length === 0)
    return `${along(stretch, selection, [...indexed, ...filtering], parameter)} LIMIT ${parameter(limit)}`;
  return `SELECT * FROM (${along(stretch, selection, indexed, parameter)} LIMIT ${bounds.rows}) t
  WHERE ${filtering.join(' AND ')} ${orderedBy(stretch)} LIMIT ${parameter(limit)}`;
}

/** The row at which a read of `rowsOf` that has so many rows before it stops; none: it reaches its end before that. */
export function lastLookedAt(
  stretch: Stretch,
  selection: Selection,
  { rows }: WalkBounds,
  parameter: Parameter,
): string {
  const columns = `t.id, t.created_at AS "createdAt", t.name, t.last_used_at AS "lastUsedAt", t.expires_at AS "expiresAt"`;
  const looked = along(stretch, selection, indexedConditions(selection, parameter), parameter);
  return `SELECT ${columns} FROM (${looked} LIMIT 1 OFFSET ${rows - 1}) t`;
}

/**
 * Names are counted while they are compared, and so are the rows of those that match: reading them again to learn where
 * the search stands would cost half as much as looking.
 */
function namedRowsOf(
  stretch: Stretch,
  selection: Selection,
  limit: number,
  bounds: WalkBounds,
  parameter: Parameter,
): string {
  const { name = '' } = selection.selector;
  const columns = [...new Set(['t.id', 't.name', ...SORT_ORDERS[stretch.sort].columns])].join(', ');
  const ordered = orderedBy(stretch);
  const looked = along(stretch, selection, indexedConditions(selection, parameter), parameter, columns);
  const counted = `SELECT t.*, row_number() OVER (${ordered}) = ${bounds.names} AS "isLast" FROM (${looked} LIMIT ${bounds.names}) t`;
  const named = `SELECT * FROM (${counted}) t WHERE ${isNamed(name, parameter)} OR "isLast" ${ordered} LIMIT ${bounds.rows}`;
  const numbered = `SELECT t.id, ${SORT_ORDERS[stretch.sort].columns.join(', ')}, "isLast" OR row_number() OVER (${ordered}) = ${bounds.rows} AS "isLast"
    FROM (${named}) t`;
  const found = `(${filteringConditions(selection, parameter).join(' AND ')}) IS TRUE`;
  return `SELECT t.*, ${found} AS "isFound", n."isLast" FROM (${numbered}) n
  CROSS JOIN LATERAL (SELECT * FROM tokens WHERE id = n.id OFFSET 0) t
  WHERE ${found} OR n."isLast" ${orderedBy(stretch, 'n')} LIMIT ${parameter(limit)}`;
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
