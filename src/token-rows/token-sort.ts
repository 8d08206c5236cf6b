import { isInstant } from '../common/instant.js';
import type { Token } from './token.entity.js';

export const TOKEN_SORTS = ['created_at', 'name', 'last_used_at', 'expires_at'] as const;
export type TokenSort = (typeof TOKEN_SORTS)[number];

interface SortOrder {
  /** Columns of `t`, before its id; the first of them leads an index of the business. */
  columns: readonly string[];
  /** Where rows are placed whose first column is null; undefined: there are none. */
  nulls?: { place: 'first' | 'last'; value: string };
}

/** No name contains it. */
const NO_NAME = '\0';

/**
 * Never used comes before every date, never expiring after every date, no name before every name. Each order has an
 * index. That of the last use contains only the hour, so the tokens of one hour are sorted.
 */
export const SORT_ORDERS: Record<TokenSort, SortOrder> = {
  created_at: { columns: ['t.created_at'] },
  name: { columns: ['t.name'], nulls: { place: 'first', value: NO_NAME } },
  last_used_at: {
    columns: ['t.last_used_hour', 't.last_used_at'],
    nulls: { place: 'first', value: '-infinity' },
  },
  expires_at: { columns: ['t.expires_at'], nulls: { place: 'last', value: 'infinity' } },
};

/** Whether a cursor's value is valid for this sort. */
export function isSortValue(sort: TokenSort, value: string): boolean {
  if (value === SORT_ORDERS[sort].nulls?.value) return true;
  if (sort === 'name') return [...value].length <= 255 && value.isWellFormed() && !value.includes('\0');
  return isInstant(value);
}

/** The fields of a token that determine its place in a list. */
export type Sortable = Pick<Token, 'id' | 'createdAt' | 'name' | 'lastUsedAt' | 'expiresAt'>;

/** The value of a token in a sort, as stored in a cursor. */
export function sortValueOf(token: Omit<Sortable, 'id'>, sort: TokenSort): string {
  switch (sort) {
    case 'created_at':
      return token.createdAt.toISOString();
    case 'name':
      return token.name ?? NO_NAME;
    case 'last_used_at':
      return token.lastUsedAt?.toISOString() ?? '-infinity';
    case 'expires_at':
      return token.expiresAt?.toISOString() ?? 'infinity';
  }
}
