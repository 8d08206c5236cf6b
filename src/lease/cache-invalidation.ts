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

/** A feed entry, and the transaction that committed it. */
export interface News extends FeedEntry {
  transaction: bigint;
}

/** The transactions of `news`, each once. */
export function transactionsOf(news: readonly News[]): bigint[] {
  return [...new Set(news.map(({ transaction }) => transaction))];
}

/** What a fact about a token depends on: the ids by which the feed may name it. */
export interface ToldFact {
  jti: string;
  /** null: the platform. */
  ownerId: string | null;
  businessId: string | null;
}

class Generation {
  readonly tokens = new Set<string>();
  readonly groups = new Set<string>();

  has({ kind, subject }: FeedEntry): boolean {
    return (kind === 'token' ? this.tokens : this.groups).has(subject);
  }
}

/**
 * What the client verifiers of one view may remember: the public ids of the facts that they were sent. They get
 * evictions of nothing else, and so never of another business's tokens. It only grows, until they all start over.
 */
export class ToldFacts {
  private current = new Generation();
  private former: Generation | null = null;

  get size(): number {
    return this.current.tokens.size + (this.former?.tokens.size ?? 0);
  }

  has(entry: FeedEntry): boolean {
    return this.current.has(entry) || this.former?.has(entry) === true;
  }

  add({ jti, ownerId, businessId }: ToldFact): void {
    this.current.tokens.add(jti);
    if (ownerId !== null) this.current.groups.add(ownerId);
    if (businessId !== null) this.current.groups.add(businessId);
  }

  /**
   * Must be called when all are told to forget everything. What they were told before stays noted until `forget`.
   * @returns false if an earlier start-over has not ended
   */
  startOver(): boolean {
    if (this.former !== null) return false;
    this.former = this.current;
    this.current = new Generation();
    return true;
  }

  /** All have forgotten what they were told before they started over. */
  forgetFormer(): void {
    this.former = null;
  }
}
