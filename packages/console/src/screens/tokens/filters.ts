import type { ListTokensData } from '../../api/generated/types.gen';
import type { FilterGroup, FilterKind } from '../../ui/filter-panel';

type Query = NonNullable<ListTokensData['query']>;

/** All that the list can be searched by, except for the name and the status, which are always seen. */
export const FILTERS: readonly FilterGroup<keyof Query>[] = [
  {
    title: 'Whose',
    filters: [
      { key: 'owner_email', label: 'Owner', kind: 'text', help: 'The e-mail of a member' },
      { key: 'identity_id', label: 'Machine identity', kind: 'id', help: 'Its id' },
      { key: 'external_id', label: 'External id', kind: 'text' },
      { key: 'issued_by_token', label: 'Issued by token', kind: 'id', help: 'The id of the token' },
    ],
  },
  {
    title: 'What',
    filters: [
      { key: 'scopes_has', label: 'Has the scopes', kind: 'words', help: 'All of these' },
      { key: 'scopes_only', label: 'Only the scopes', kind: 'words', help: 'None but these' },
      { key: 'preview', label: 'Preview', kind: 'text', help: 'All or part of dz_4bX0********k3Qz' },
      { key: 'prefix', label: 'Prefix', kind: 'text', help: 'What comes before the first _' },
      {
        key: 'dialect',
        label: 'Dialect',
        kind: 'choice',
        options: ['native', 'opentrain', 'infisical', 'vcita'].map((value) => ({ value, label: value })),
      },
      { key: 'metadata', label: 'Metadata', kind: 'lines', help: 'name:value, one a line' },
      { key: 'pepper_id', label: 'Pepper', kind: 'text', help: 'The id of the pepper' },
    ],
  },
  {
    title: 'When',
    filters: [
      { key: 'created_after', label: 'Issued from', kind: 'moment' },
      { key: 'created_before', label: 'Issued before', kind: 'moment' },
      { key: 'expires_after', label: 'Expires from', kind: 'moment' },
      { key: 'expires_before', label: 'Expires before', kind: 'moment' },
      { key: 'last_used_after', label: 'Last used from', kind: 'moment' },
      { key: 'last_used_before', label: 'Last used before', kind: 'moment' },
      { key: 'unused_days', label: 'Unused for days', kind: 'number' },
      {
        key: 'never_expires',
        label: 'Expiry',
        kind: 'choice',
        options: [
          { value: 'true', label: 'never expires' },
          { value: 'false', label: 'expires' },
        ],
      },
      {
        key: 'last_used_from',
        label: 'Used from',
        kind: 'text',
        help: 'An address, or a range such as 10.0.0.0/8',
      },
    ],
  },
];

const ALL = FILTERS.flatMap(({ filters }) => filters);
export const FILTER_KEYS = ALL.map(({ key }) => key);

/** What the filters of an address ask of the API. */
export function queryOf(words: Partial<Record<string, string>>): Query {
  const query: Record<string, unknown> = {};
  for (const { key, kind } of ALL) {
    const word = words[key];
    if (word !== undefined) query[key] = valueOf(kind, word);
  }
  return query;
}

function valueOf(kind: FilterKind, word: string): string | string[] {
  if (kind === 'words') return word.split(/[\s,]+/).filter((each) => each !== '');
  if (kind === 'lines')
    return word
      .split('\n')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  return word.trim();
}

/** One filter of an address in words: its name, and its value as people read it. */
export function describeFilter(key: string, word: string): { label: string; value: string } {
  const filter = ALL.find((each) => each.key === key);
  if (filter === undefined) return { label: key, value: word };
  const option = filter.options?.find(({ value }) => value === word);
  if (option !== undefined) return { label: filter.label, value: option.label };
  if (filter.kind !== 'moment') return { label: filter.label, value: word };
  const moment = new Date(word);
  const isMoment = !Number.isNaN(moment.getTime());
  return { label: filter.label, value: isMoment ? moment.toLocaleString() : word };
}
