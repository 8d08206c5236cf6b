import { LRUCache } from 'lru-cache';
import type { FeedEntry, InvalidatableCache } from '../lease/cache-invalidation.js';
import {
  type BusinessFacts,
  CachedToken,
  type MemoryEpoch,
  type OwnerFacts,
  type SharedTokenFields,
  type TokenFacts,
} from './token-facts.js';
import type { Asker } from './presentation.js';

/** If the tokens of an owner are of more kinds than this, further kinds are not shared. */
const KINDS_OF_OWNER_MAX = 16;

/** Finds the kind that tokens of one owner share, within one epoch of the memory. It lives as long as its owner's facts do. */
export class SharedTokenFieldsInterner {
  private readonly ofOwners = new WeakMap<OwnerFacts, SharedTokenFields[]>();

  /** An equal kind that is already stored, otherwise `kind`. */
  share(kind: SharedTokenFields): SharedTokenFields {
    // Of its kind there is one.
    if (kind.session !== null) return kind;
    let kinds = this.ofOwners.get(kind.owner);
    if (kinds === undefined) this.ofOwners.set(kind.owner, (kinds = []));
    const held = kinds.find((each) => isSame(each, kind));
    if (held !== undefined) return held;
    if (kinds.length === KINDS_OF_OWNER_MAX) kinds.shift();
    kinds.push(kind);
    return kind;
  }
}

/** Equal lists are already stored once (VerdictsRepository), and so are businesses (SharedOwners). */
function isSame(left: SharedTokenFields, right: SharedTokenFields): boolean {
  return (
    left.epoch === right.epoch &&
    left.business === right.business &&
    left.scopes === right.scopes &&
    left.trustedIps === right.trustedIps &&
    left.pepperId === right.pepperId &&
    left.revoked === right.revoked &&
    left.usesLimited === right.usesLimited
  );
}

interface Group<Facts> {
  facts: Facts;
  tokens: number;
}

type Shared = BusinessFacts | (OwnerFacts & { id: string });

/**
 * The owners and businesses of the remembered tokens, each stored once. To forget one, a single flag is set that all its
 * tokens share, however many they are. A group is kept as long as a remembered token refers to it.
 */
class SharedOwners {
  private readonly groups = new Map<string, Group<Shared>>();

  /** The facts to refer to: equal ones if they are already stored, otherwise `facts`. */
  share<Facts extends Shared>(facts: Facts): Facts {
    const held = this.groups.get(facts.id)?.facts;
    return held !== undefined && !held.stale && sameFacts(held, facts) ? (held as Facts) : facts;
  }

  retain(token: TokenFacts): void {
    for (const facts of sharedFactsOf(token)) {
      const group = this.groups.get(facts.id);
      if (group?.facts === facts) group.tokens++;
      else {
        if (group !== undefined) group.facts.stale = true;
        this.groups.set(facts.id, { facts, tokens: 1 });
      }
    }
  }

  release(token: TokenFacts): void {
    for (const facts of sharedFactsOf(token)) {
      const group = this.groups.get(facts.id);
      if (group?.facts === facts && --group.tokens === 0) this.groups.delete(facts.id);
    }
  }

  forget(id: string): void {
    const group = this.groups.get(id);
    if (group === undefined) return;
    group.facts.stale = true;
    this.groups.delete(id);
  }
}

function sharedFactsOf(token: TokenFacts): Shared[] {
  const shared: Shared[] = token.business === null ? [] : [token.business];
  if (token.owner.id !== null) shared.push(token.owner as OwnerFacts & { id: string });
  return shared;
}

function sameFacts(left: Shared, right: Shared): boolean {
  return Object.entries(left).every(
    ([name, value]) => name === 'stale' || right[name as keyof Shared] === value,
  );
}

/** What a look-up finds: a token, or that there is none. */
export type Found = TokenFacts | 'unknown';

/**
 * A look-up in progress. Once it is cancelled, its result may be given to those who wait, but must not be cached, and
 * nobody may join it.
 */
interface InFlightLookup {
  readonly result: Promise<Found>;
  readonly asker: Asker | undefined;
}

/**
 * The tokens this process remembers, keyed by public id. Positive and negative verdicts have separate limits, so that a
 * flood of bad secrets cannot evict good tokens. A look-up that raced with an eviction is never cached: it was
 * cancelled.
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

  /** The limit counts tokens; metadata counts as the tokens that would fit in its place. */
  private boundedBy(max: number): LRUCache<string, CachedToken> {
    return new LRUCache({
      max,
      maxSize: max,
      sizeCalculation: weightOf,
      dispose: (token) => this.groups.release(token),
    });
  }

  /** The number of entries, including forgotten ones that are not replaced yet. */
  get size(): number {
    return this.good.size + this.bad.size;
  }

  /** May be used only while the lease holds. */
  get(publicId: string): TokenFacts | undefined {
    const token = this.good.get(publicId) ?? this.bad.get(publicId);
    return token === undefined || token.stale ? undefined : token;
  }

  /** Public ids of the tokens that are remembered as active, as far as they are still there when it is their turn. */
  takenForGood(): Iterator<string> {
    return this.good.keys();
  }

  /** The look-up to join; joining is correct only while the lease holds (see ADR 0003). */
  inFlight(publicId: string): InFlightLookup | undefined {
    return this.lookups.get(publicId);
  }

  /**
   * Runs `look` and caches what it found, unless since the start of the look-up the feed has named the token, or any
   * owner or business.
   */
  fill(publicId: string, look: () => Promise<Found>, asker?: Asker): Promise<Found> {
    const lookup: InFlightLookup = {
      asker,
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
          // It is not known yet to which owners and businesses the tokens belong.
          this.lookups = new Map();
          break;
        case 'everything':
          this.forgetEverything();
          break;
      }
    }
  }

  /** Sets one flag, however many entries there are: stale entries are replaced or evicted in time. */
  forgetEverything(): void {
    this.epoch.stale = true;
    this.epoch = { stale: false };
    this.groups = new SharedOwners();
    this.kinds = new SharedTokenFieldsInterner();
    this.lookups = new Map();
  }

  /** True if the look-up was not cancelled: nothing that it read was forgotten meanwhile. */
  private settle(publicId: string, lookup: InFlightLookup): boolean {
    if (this.lookups.get(publicId) !== lookup) return false;
    this.lookups.delete(publicId);
    return true;
  }

  private keep(publicId: string, found: Found): void {
    this.good.delete(publicId);
    this.bad.delete(publicId);
    // The memory never answers that there is no such token: see Verdicts.
    if (found === 'unknown') return;
    const business = found.business === null ? null : this.groups.share(found.business);
    const owner =
      found.owner.id === null
        ? found.owner
        : this.groups.share(found.owner as typeof found.owner & { id: string });
    const { pepperId, scopes, trustedIps, revoked, usesLimited, session } = found;
    const common = { pepperId, scopes, trustedIps, revoked, usesLimited, session };
    const token = new CachedToken(found, this.kinds.share({ ...common, business, owner, epoch: this.epoch }));
    this.groups.retain(token);
    if (token.revoked || token.business?.suspended === true || !token.owner.present)
      this.bad.set(publicId, token);
    else this.good.set(publicId, token);
  }
}

/** About how many bytes of heap a token takes without metadata (docs/performance.md). */
const BYTES_OF_TOKEN = 256;

function weightOf({ labels }: CachedToken): number {
  return 1 + Math.floor((labels?.metadata?.length ?? 0) / BYTES_OF_TOKEN);
}
