import { oneOf } from '../../api/address';
import { FILTER_KEYS, queryOf } from './filters';
import type { ListTokensData } from '../../api/generated/types.gen';

const STATES = ['unrevoked', 'active', 'expired', 'revoked', 'all'] as const;
export type State = (typeof STATES)[number];

export const SORTS = ['created_at', 'name', 'last_used_at', 'expires_at'] as const;
export type Sort = (typeof SORTS)[number];

export const COLUMN_IDS = [
  'name',
  'owner',
  'preview',
  'status',
  'scopes',
  'last_used_at',
  'expires_at',
  'created_at',
  'external_id',
  'description',
] as const;
export type ColumnId = (typeof COLUMN_IDS)[number];
const COLUMNS_AT_FIRST: readonly ColumnId[] = [
  'name',
  'owner',
  'preview',
  'status',
  'scopes',
  'last_used_at',
  'expires_at',
];

/**
 * What the address says of the list: the filters under their names in the API, the order, the columns. What is as at
 * first is not said, and what is not understood is left out.
 */
export type TokensSearch = Partial<Record<string, string>> & {
  name?: string;
  status?: Exclude<State, 'unrevoked'>;
  sort?: Sort;
  order?: 'ascending';
  columns?: string;
};

export function readTokensSearch(words: Record<string, unknown>): TokensSearch {
  const text = (name: string) => {
    const word = words[name];
    return typeof word === 'string' && word.trim() !== '' ? word : undefined;
  };
  const status = oneOf(STATES, words['status']);
  const sort = oneOf(SORTS, words['sort']);
  const columns = columnsFrom(text('columns'));
  return withoutAbsent({
    ...Object.fromEntries(FILTER_KEYS.map((key) => [key, text(key)])),
    name: text('name'),
    status: status === 'unrevoked' ? undefined : status,
    sort: sort === 'created_at' ? undefined : sort,
    order: oneOf(['ascending'], words['order']),
    columns: columns.join() === COLUMNS_AT_FIRST.join() ? undefined : columns.join(),
  });
}

function withoutAbsent(search: TokensSearch): TokensSearch {
  return Object.fromEntries(Object.entries(search).filter(([, word]) => word !== undefined));
}

/** The columns of a list of their ids, in the order of the table; those of the beginning where it names none. */
export function columnsFrom(list: string | undefined): readonly ColumnId[] {
  if (list === undefined) return COLUMNS_AT_FIRST;
  const named = list.split(',');
  const columns = COLUMN_IDS.filter((id) => id === 'name' || named.includes(id));
  return columns.length > 1 ? columns : COLUMNS_AT_FIRST;
}

/** `dz_4bX0********k3Qz`: what the list of tokens and the holder of one see of it. */
const PREVIEW = /^[a-z][a-z0-9_]*_[0-9A-Za-z]{4}\*{8}[0-9A-Za-z]{4}$/;

/**
 * What an address asks of the list.
 * @param seesAll whether tokens of others are wanted where no owner is named: not everybody may ask for them
 */
export function listQueryOf(search: TokensSearch, seesAll: boolean): NonNullable<ListTokensData['query']> {
  const { name, status, sort, order } = search;
  const asked = queryOf(search);
  const typed = name?.trim();
  const isPreview = typed !== undefined && PREVIEW.test(typed) && asked.preview === undefined;
  return {
    ...asked,
    ...(typed !== undefined && (isPreview ? { preview: typed } : { name: typed })),
    ...(asked.owner_email === undefined &&
      asked.identity_id === undefined &&
      seesAll && { owner_email: '*' }),
    ...(status === 'all' && { include_revoked: true }),
    ...(status !== undefined && status !== 'all' && { status }),
    ...(sort !== undefined && { sort_by: sort }),
    ...(order === 'ascending' && { descending: false }),
  };
}
