import { LRUCache } from 'lru-cache';
import type { FeedEntry, Forgetful } from '../revocation/forgetful.js';
import { FactGroups } from './fact-groups.js';
import { RememberedToken, type MemoryEpoch, type TokenKind } from './remembered-token.js';
import type { TokenFacts } from './token-facts.js';
import { TokenKinds } from './token-kinds.js';

/** What a look-up finds: a token, or that there is none. */
export type Found = TokenFacts | 'unknown';

/** A look-up under way. Once cancelled, its result may be answered to those who wait, but neither kept nor joined. */
export interface Flight {
  readonly result: Promise<Found>;
}

/**
 * The tokens this process remembers, keyed by public id. Good ones and bad ones are bounded apart, so that those who
 * go on with bad ones cannot push good ones out. A look-up that raced with forgetting is never kept: its flight is gone.
 */
export class VerdictMemory implements Forgetful {
  private epoch: MemoryEpoch = { stale: false };
  private groups = new FactGroups();
  private kinds = new TokenKinds();
  private readonly good: LRUCache<string, RememberedToken>;
  private readonly bad: LRUCache<string, RememberedToken>;
  private flights = new Map<string, Flight>();

  constructor(goodMax: number, badMax: number) {
    this.good = new LRUCache({ max: goodMax, dispose: (token) => this.groups.release(token) });
    this.bad = new LRUCache({ max: badMax, dispose: (token) => this.groups.release(token) });
  }

  /** How much is held, with what has been forgotten but not replaced yet. */
  get size(): number {
    return this.good.size + this.bad.size;
  }

  /** May be believed only while the lease holds. */
  recall(publicId: string): TokenFacts | undefined {
    const token = this.good.get(publicId) ?? this.bad.get(publicId);
    return token === undefined || token.stale ? undefined : token;
  }

  /** The look-up to join; joining is sound only while the lease holds (see the ADR on leases). */
  flightOf(publicId: string): Flight | undefined {
    return this.flights.get(publicId);
  }

  /**
   * Runs `look` and keeps what it found, unless the feed has named it, or anything it could belong to, since
   * before the look-up began.
   */
  fill(publicId: string, look: () => Promise<Found>): Promise<Found> {
    const flight: Flight = {
      result: look().then(
        (found) => {
          if (this.land(publicId, flight)) this.keep(publicId, found);
          return found;
        },
        (error: unknown) => {
          this.land(publicId, flight);
          throw error;
        },
      ),
    };
    this.flights.set(publicId, flight);
    return flight.result;
  }

  forget(entries: readonly FeedEntry[]): void {
    for (const { kind, subject } of entries) {
      switch (kind) {
        case 'token':
          this.good.delete(subject);
          this.bad.delete(subject);
          this.flights.delete(subject);
          break;
        case 'owner':
        case 'business':
          this.groups.forget(subject);
          // Whose tokens they look for is not known yet.
          this.flights = new Map();
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
    this.groups = new FactGroups();
    this.kinds = new TokenKinds();
    this.flights = new Map();
  }

  /** True when the flight was still the one under way: nothing it read has been forgotten meanwhile. */
  private land(publicId: string, flight: Flight): boolean {
    if (this.flights.get(publicId) !== flight) return false;
    this.flights.delete(publicId);
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
    const token = new RememberedToken(
      found,
      this.kinds.share({ ...kindOf(found), business, owner, epoch: this.epoch }),
    );
    this.groups.retain(token);
    if (token.revoked || token.business?.suspended === true || !token.owner.present)
      this.bad.set(publicId, token);
    else this.good.set(publicId, token);
  }
}

function kindOf({
  pepperId,
  scopes,
  trustedIps,
  business,
  owner,
  revoked,
  usesLimited,
}: TokenFacts): Omit<TokenKind, 'epoch'> {
  return { pepperId, scopes, trustedIps, business, owner, revoked, usesLimited };
}
