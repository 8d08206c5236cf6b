import { isInstant } from '../common/instant.js';
import type { Token } from './token.entity.js';

export const TOKEN_SORTS = ['created_at', 'name', 'last_used_at', 'expires_at'] as const;
export type TokenSort = (typeof TOKEN_SORTS)[number];

interface SortKey {
  /** SQL that is never null, so that a keyset comparison is never unknown. */
  expression: string;
  /** SQL type of the cursor's value. */
  type: 'timestamptz' | 'text';
}

/**
 * Never used sorts before every date, never expiring after every date. `created_at` runs on
 * tokens_created_at_idx; the others sort the rows of the business.
 */
export const SORT_KEYS: Record<TokenSort, SortKey> = {
  created_at: { expression: 't.created_at', type: 'timestamptz' },
  name: { expression: `coalesce(t.name, '')`, type: 'text' },
  last_used_at: { expression: `coalesce(t.last_used_at, '-infinity'::timestamptz)`, type: 'timestamptz' },
  expires_at: { expression: `coalesce(t.expires_at, 'infinity'::timestamptz)`, type: 'timestamptz' },
};

/** Whether a cursor's value can stand in this sort. */
export function isSortValue(sort: TokenSort, value: string): boolean {
  if (sort === 'name') return [...value].length <= 255 && value.isWellFormed() && !value.includes('\0');
  return value === 'infinity' || value === '-infinity' || isInstant(value);
}

/** The value of a token in a sort, as a cursor has it. */
export function sortValueOf(token: Token, sort: TokenSort): string {
  switch (sort) {
    case 'created_at':
      return token.createdAt.toISOString();
    case 'name':
      return token.name ?? '';
    case 'last_used_at':
      return token.lastUsedAt?.toISOString() ?? '-infinity';
    case 'expires_at':
      return token.expiresAt?.toISOString() ?? 'infinity';
  }
}
