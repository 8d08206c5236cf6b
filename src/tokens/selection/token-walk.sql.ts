import type { CursorPosition, PageDirection } from '../../common/page.js';
import { OWNERS_OF_TOKENS, TOKEN_COLUMNS } from '../token-rows.sql.js';
import { SORT_ORDERS, type TokenSort } from '../token-sort.js';
import type { TokenSelector } from './token-selector.js';
import {
  filteringConditions,
  hourOf,
  indexedConditions,
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
 * The next `limit` selected tokens of a range. At most `lookedAt` of the rows that the index gives are checked against
 * the other filters; null: as many as necessary.
 */
export function walk(
  stretch: Stretch,
  selection: Selection,
  limit: number,
  lookedAt: number | null,
  parameter: Parameter,
): string {
  const indexed = indexedConditions(selection, parameter);
  const filtering = filteringConditions(selection, parameter);
  const ordered = orderedBy(stretch);
  const rows =
    lookedAt === null || filtering.length === 0
      ? along(stretch, selection, [...indexed, ...filtering], parameter(limit), parameter)
      : `SELECT * FROM (${along(stretch, selection, indexed, String(lookedAt), parameter)}) t
  WHERE ${filtering.join(' AND ')} ${ordered} LIMIT ${parameter(limit)}`;
  return `SELECT ${TOKEN_COLUMNS} FROM (${rows}) t ${OWNERS_OF_TOKENS} ${ordered}`;
}

/** The row at which a read with a limit of rows stops; none: it reaches its end before the limit. */
export function lastLookedAt(
  stretch: Stretch,
  selection: Selection,
  lookedAt: number,
  parameter: Parameter,
): string {
  const rows = along(stretch, selection, indexedConditions(selection, parameter), '1', parameter);
  return `SELECT t.id, t.created_at AS "createdAt", t.name, t.last_used_at AS "lastUsedAt", t.expires_at AS "expiresAt"
  FROM (${rows} OFFSET ${lookedAt - 1}) t`;
}

function along(
  stretch: Stretch,
  { selector }: Selection,
  conditions: readonly string[],
  limit: string,
  parameter: Parameter,
): string {
  const behind = [...conditions, ...unusedIn(stretch, selector, parameter), ...behindOf(stretch, parameter)];
  return `SELECT * FROM tokens t WHERE ${behind.join(' AND ')} ${orderedBy(stretch)} LIMIT ${limit}`;
}

/** When sorted by last use, the tokens used within the given days are a range of the index. */
function unusedIn({ sort, isNull }: Stretch, { unusedDays }: TokenSelector, parameter: Parameter): string[] {
  if (unusedDays === undefined || sort !== 'last_used_at' || isNull) return [];
  return [`t.last_used_hour <= ${hourOf(`now() - make_interval(days => ${parameter(unusedDays)}::int)`)}`];
}

/** If the first column is null, the others are null as well; with them the index could not give the order. */
function orderedBy({ sort, order, isNull }: Stretch): string {
  const { columns } = SORT_ORDERS[sort];
  const inOrder = [...(isNull ? columns.slice(0, 1) : columns), 't.id'];
  return `ORDER BY ${inOrder.map((column) => `${column} ${order}`).join(', ')}`;
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
