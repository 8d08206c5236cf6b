import type { ListAuditEventsData } from '../../api/generated/types.gen';
import type { Filter, FilterGroup } from '../../ui/filter-panel';

export type AuditQuery = NonNullable<ListAuditEventsData['query']>;

const ACTOR_KINDS = choices('user', 'identity', 'platform', 'anonymous', 'system');
const TARGET_KINDS = choices(
  'token',
  'member',
  'identity',
  'business',
  'revocation',
  'audit',
  'route',
  'service',
);
const OUTCOMES = choices('success', 'denied', 'failure');

/** Everything the log can be searched by. */
export const FILTERS: readonly FilterGroup<keyof AuditQuery>[] = [
  {
    title: 'What happened',
    filters: [
      { key: 'action', label: 'Action', kind: 'text', help: 'token.revoked, or token.*,member.removed' },
      { key: 'not_action', label: 'Not this action', kind: 'text' },
      { key: 'outcome', label: 'Outcome', kind: 'choice', options: OUTCOMES },
      { key: 'not_outcome', label: 'Not this outcome', kind: 'choice', options: OUTCOMES },
      { key: 'reason', label: 'In the reason', kind: 'text' },
      { key: 'details', label: 'In the details', kind: 'text' },
    ],
  },
  {
    title: 'Who',
    filters: [
      { key: 'actor', label: 'Actor', kind: 'text', help: 'Id or e-mail' },
      { key: 'not_actor', label: 'Not this actor', kind: 'text' },
      { key: 'actor_kind', label: 'Kind of actor', kind: 'choice', options: ACTOR_KINDS },
      { key: 'not_actor_kind', label: 'Not this kind', kind: 'choice', options: ACTOR_KINDS },
      { key: 'ip', label: 'Address', kind: 'id', help: '203.0.113.7, 10.0.0.0/8' },
      { key: 'not_ip', label: 'Not this address', kind: 'id' },
    ],
  },
  {
    title: 'To what',
    filters: [
      { key: 'target_kind', label: 'Kind of target', kind: 'choice', options: TARGET_KINDS },
      { key: 'not_target_kind', label: 'Not this kind', kind: 'choice', options: TARGET_KINDS },
      { key: 'target_id', label: 'Id of the target', kind: 'id' },
      { key: 'token_id', label: 'Token', kind: 'id', help: 'That was acted on, or that acted' },
      { key: 'request_id', label: 'Request id', kind: 'id' },
      { key: 'client_request_id', label: 'Request id of the caller', kind: 'id' },
    ],
  },
  {
    title: 'When',
    filters: [
      { key: 'from', label: 'From', kind: 'moment' },
      { key: 'to', label: 'Before', kind: 'moment' },
      { key: 'sequence_from', label: 'From sequence', kind: 'number' },
      { key: 'sequence_to', label: 'Up to sequence', kind: 'number' },
    ],
  },
];

const ALL = FILTERS.flatMap(({ filters }) => filters);

export const FILTER_KEYS: readonly string[] = ALL.map(({ key }) => key);

/** The filters of an address that are set, in the order of the panel. */
export function filtersIn(words: Partial<Record<string, string>>): { filter: Filter; word: string }[] {
  return ALL.flatMap((filter) => {
    const word = words[filter.key];
    return word === undefined ? [] : [{ filter, word }];
  });
}

/** What an address asks the API for. What a person typed wrongly is sent as it is, so that the API says what is wrong. */
export function queryOf(words: Partial<Record<string, string>>): AuditQuery {
  return Object.fromEntries(filtersIn(words).map(({ filter, word }) => [filter.key, word.trim()]));
}

function choices(...values: string[]): { value: string; label: string }[] {
  return values.map((value) => ({ value, label: value }));
}
