import { LRUCache } from 'lru-cache';
import type { FeedEntry, InvalidatableCache } from '../revocation/cache-invalidation.js';
import { SharedOwners } from './shared-owners.js';
import { CachedToken, type MemoryEpoch, type SharedTokenFields } from './cached-token.js';
import type { TokenFacts } from './token-facts.js';
import { SharedTokenFieldsInterner } from './shared-token-fields.js';

/** What a look-up finds: a token, or that there is none. */
export type Found = TokenFacts | 'unknown';

/** A look-up under way. Once cancelled, its result may be answered to those who wait, but neither kept nor joined. */
interface InFlightLookup {
  readonly result: Promise<Found>;
}

/**
 * The tokens this process remembers, keyed by public id. Good ones and bad ones are bounded apart, so that those who
 * go on with bad ones cannot push good ones out. A look-up that raced with forgetting is never kept: its lookup is gone.
 */
export class VerdictCache implements InvalidatableCache {
  private epoch: MemoryEpoch = { stale: false };
  private groups = new SharedOwners();
  private kinds = new SharedTokenFieldsInterner();
  private readonly good: LRUCache<string, CachedToken>;
  private readonly bad: LRUCache<string, CachedToken>;
  private lookups = new Map<string, InFlightLookup>();

  constructor(goodMax: number, badMax: number) {
    this.good = this.boundedBy(goodMax);
    this.bad = this.boundedBy(badMax);
  }

  /** By the number of tokens, where metadata counts as the tokens that would take its place. */
  private boundedBy(max: number): LRUCache<string, CachedToken> {
    return new LRUCache({
      max,
      maxSize: max,
      sizeCalculation: weightOf,
      dispose: (token) => this.groups.release(token),
    });
  }

  /** How much is held, with what has been forgotten but not replaced yet. */
  get size(): number {
    return this.good.size + this.bad.size;
  }

  /** May be believed only while the lease holds. */
  get(publicId: string): TokenFacts | undefined {
    const token = this.good.get(publicId) ?? this.bad.get(publicId);
    return token === undefined || token.stale ? undefined : token;
  }

  /** Public ids of what is taken for good, as far as it is still there when its turn comes. */
  takenForGood(): Iterator<string> {
    return this.good.keys();
  }

  /** The look-up to join; joining is sound only while the lease holds (see the ADR on leases). */
  inFlight(publicId: string): InFlightLookup | undefined {
    return this.lookups.get(publicId);
  }

  /**
   * Runs `look` and keeps what it found, unless the feed has named it, or anything it could belong to, since
   * before the look-up began.
   */
  fill(publicId: string, look: () => Promise<Found>): Promise<Found> {
    const lookup: InFlightLookup = {
      result: look().then(
        (found) => {
          if (this.settle(publicId, lookup)) this.keep(publicId, found);
          return found;
        },
        (error: unknown) => {
          this.settle(publicId, lookup);
          throw error;
        },
      ),
    };
    this.lookups.set(publicId, lookup);
    return lookup.result;
  }

  forget(entries: readonly FeedEntry[]): void {
    for (const { kind, subject } of entries) {
      switch (kind) {
        case 'token':
          this.good.delete(subject);
          this.bad.delete(subject);
          this.lookups.delete(subject);
          break;
        case 'owner':
        case 'business':
          this.groups.forget(subject);
          // Whose tokens they look for is not known yet.
          this.lookups = new Map();
          break;
        case 'everything':
          this.forgetEverything();
          break;
      }
    }
  }

  /** A flag, however much there is: what is stale is replaced, or pushed out, in time. */
  forgetEverything(): void {
    this.epoch.stale = true;
    this.epoch = { stale: false };
    this.groups = new SharedOwners();
    this.kinds = new SharedTokenFieldsInterner();
    this.lookups = new Map();
  }

  /** True when the lookup was still the one under way: nothing it read has been forgotten meanwhile. */
  private settle(publicId: string, lookup: InFlightLookup): boolean {
    if (this.lookups.get(publicId) !== lookup) return false;
    this.lookups.delete(publicId);
    return true;
  }

  private keep(publicId: string, found: Found): void {
    this.good.delete(publicId);
    this.bad.delete(publicId);
    // Nobody is told out of memory that there is no token: see Verdicts.
    if (found === 'unknown') return;
    const business = found.business === null ? null : this.groups.share(found.business);
    const owner =
      found.owner.id === null
        ? found.owner
        : this.groups.share(found.owner as typeof found.owner & { id: string });
    const token = new CachedToken(
      found,
      this.kinds.share({ ...kindOf(found), business, owner, epoch: this.epoch }),
    );
    this.groups.retain(token);
    if (token.revoked || token.business?.suspended === true || !token.owner.present)
      this.bad.set(publicId, token);
    else this.good.set(publicId, token);
  }
}

/** About what a token takes of the heap without metadata (docs/performance.md). */
const BYTES_OF_TOKEN = 256;

function weightOf({ labels }: CachedToken): number {
  return 1 + Math.floor((labels?.metadata?.length ?? 0) / BYTES_OF_TOKEN);
}

function kindOf({
  pepperId,
  scopes,
  trustedIps,
  business,
  owner,
  revoked,
  usesLimited,
}: TokenFacts): Omit<SharedTokenFields, 'epoch'> {
  return { pepperId, scopes, trustedIps, business, owner, revoked, usesLimited };
}
