/** What a feed entry names. */
export type FeedKind = 'token' | 'owner' | 'business' | 'everything';

export interface FeedEntry {
  kind: FeedKind;
  /** A token's jti, or the id of an owner or business. */
  subject: string;
}

/**
 * A memory that the feed can make forget. Forgetting is idempotent and must also reach look-ups in flight:
 * what was read before must not be stored, nor joined by a later verification.
 */
export interface InvalidatableCache {
  forget(entries: readonly FeedEntry[]): void;
  forgetEverything(): void;
}
