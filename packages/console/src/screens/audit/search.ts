import { FILTER_KEYS } from './filters';

/**
 * What the address says of the log: filters under their names in the API, the order, whether it is followed, and the event
 * that is open, by its sequence. On the platform also which logs are read; the event is then `<log>:<sequence>`.
 */
export type AuditSearch = Partial<Record<string, string>> & {
  order?: 'oldest';
  live?: 'on';
  event?: string;
  log?: 'all';
};

/** What is not understood is left out. */
export function readAuditSearch(words: Record<string, unknown>): AuditSearch {
  const text = (name: string) => {
    const word = words[name];
    const written = typeof word === 'number' ? String(word) : word;
    return typeof written === 'string' && written.trim() !== '' ? written : undefined;
  };
  const search: AuditSearch = {
    ...Object.fromEntries(FILTER_KEYS.map((key) => [key, text(key)])),
    order: words['order'] === 'oldest' ? 'oldest' : undefined,
    live: words['live'] === 'on' ? 'on' : undefined,
    log: words['log'] === 'all' ? 'all' : undefined,
    event: text('event'),
  };
  return Object.fromEntries(Object.entries(search).filter(([, word]) => word !== undefined));
}
