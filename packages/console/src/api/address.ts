import { holdsSecret } from './secrets';

/** What an address says after its `?`: words, each under a name. Every screen reads its own, as any text may stand there. */
type AddressWords = Record<string, string>;

/** The last of several values under one name counts. A secret that somebody has put there is not read. */
export function readAddress(query: string): AddressWords {
  return Object.fromEntries([...new URLSearchParams(query)].filter(([, value]) => !holdsSecret(value)));
}

/** The same words always give the same address. What has no value is left out, and so is what holds a secret. */
export function writeAddress(words: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(words).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (typeof value === 'string' && value !== '' && !holdsSecret(value)) query.set(name, value);
  return query.size === 0 ? '' : `?${query}`;
}

/** A value that is one of a few; undefined where it is not. */
export function oneOf<Value extends string>(values: readonly Value[], word: unknown): Value | undefined {
  return values.find((value) => value === word);
}
