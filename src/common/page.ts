import { refusal } from './errors/domain-error.js';

/** One page of a keyset-paged list, in the one shape that every native list answers. */
export interface Page<Item> {
  items: Item[];
  /** At most TOTAL_MAX; null: nobody asked. */
  total: number | null;
  /** There are more, or may be, than `total` says: counting ended there. */
  total_exceeded: boolean;
  limit: number;
  next_cursor: string | null;
  prev_cursor: string | null;
  has_next: boolean;
  has_prev: boolean;
}

/** Counting what matches ends here: its cost would grow with what is stored. */
export const TOTAL_MAX = 10_000;

/** How a page says that so many match, of which at most one more than TOTAL_MAX was counted; null: not counted. */
export function totalOf(matching: number | null): Pick<Page<never>, 'total' | 'total_exceeded'> {
  if (matching === null) return { total: null, total_exceeded: false };
  return { total: Math.min(matching, TOTAL_MAX), total_exceeded: matching > TOTAL_MAX };
}

export type PageDirection = 'next' | 'prev';

/** Where a page starts: the sort it was made under, and the sort value and id of its edge row. */
export interface CursorPosition {
  sort: string;
  value: string;
  id: string;
}

export function encodeCursor(position: CursorPosition): string {
  return Buffer.from(JSON.stringify([position.sort, position.value, position.id])).toString('base64url');
}

/** The longest name, 255 characters of four bytes each, still fits in. */
const CURSOR_LENGTH_MAX = 2048;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * @param sort the sort of this request; a cursor made under another is refused
 * @param isValue whether the edge value can stand in this sort, so that no garbage reaches SQL
 * @throws DomainError `cursor.invalid`
 */
export function decodeCursor(
  cursor: string,
  sort: string,
  isValue: (value: string) => boolean,
): CursorPosition {
  const refuse = (): never => {
    throw refusal('cursor.invalid');
  };
  if (cursor.length > CURSOR_LENGTH_MAX || !/^[A-Za-z0-9_-]+$/.test(cursor)) return refuse();
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return refuse();
  }
  if (!Array.isArray(parts) || parts.length !== 3) return refuse();
  const [cursorSort, value, id] = parts as unknown[];
  if (cursorSort !== sort || typeof value !== 'string' || typeof id !== 'string') return refuse();
  if (!UUID.test(id) || !isValue(value)) return refuse();
  return { sort, value, id };
}

/** How a page says that a search goes on which has looked at as much as one page may, and found less than a page. */
export function continuedAt(position: CursorPosition, direction: PageDirection): Partial<Page<never>> {
  const cursor = encodeCursor(position);
  return direction === 'next'
    ? { has_next: true, next_cursor: cursor }
    : { has_prev: true, prev_cursor: cursor };
}

interface PageRequest<Row> {
  limit: number;
  direction: PageDirection;
  cursorGiven: boolean;
  positionOf: (row: Row) => CursorPosition;
}

/**
 * Cuts a page out of `limit + 1` rows read in the reading direction. Rows read backwards come nearest first
 * and are turned round. The row beyond the limit only proves that there is more. Nothing is counted.
 */
export function cutPage<Row>(rows: Row[], request: PageRequest<Row>): Page<Row> {
  const { limit, direction, cursorGiven, positionOf } = request;
  const more = rows.length > limit;
  const items = rows.slice(0, limit);
  if (direction === 'prev') items.reverse();
  const hasNext = direction === 'next' ? more : cursorGiven;
  const hasPrev = direction === 'next' ? cursorGiven : more;
  const first = items[0];
  const last = items[items.length - 1];
  return {
    items,
    ...totalOf(null),
    limit,
    next_cursor: hasNext && last !== undefined ? encodeCursor(positionOf(last)) : null,
    prev_cursor: hasPrev && first !== undefined ? encodeCursor(positionOf(first)) : null,
    has_next: hasNext,
    has_prev: hasPrev,
  };
}
