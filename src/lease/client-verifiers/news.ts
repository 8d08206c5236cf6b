import type { FeedEntry } from '../cache-invalidation.js';

/** A feed entry, and the transaction that committed it. */
export interface News extends FeedEntry {
  transaction: bigint;
}

/** The transactions of `news`, each once. */
export function transactionsOf(news: readonly News[]): bigint[] {
  return [...new Set(news.map(({ transaction }) => transaction))];
}
