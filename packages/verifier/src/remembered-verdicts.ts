import type { AskedScopes } from './asked-scopes.js';
import type { Fact } from './fact.js';
import type { ActiveVerdict, VerifiedOwner } from './verdict.js';

/** Shared by all remembered verdicts of one owner or business; `stale` once an eviction has named it. */
interface Group {
  readonly id: string;
  readonly owner: VerifiedOwner | null;
  stale: boolean;
  members: number;
}

/** An active verdict, and what must be checked again at each use. */
export interface Remembered {
  readonly verdict: ActiveVerdict;
  readonly trustedIps: readonly string[] | null;
  readonly expiresAtMs: number;
  /** How often it was answered since the last report; above 0: it is in the list of used ones. */
  uses: number;
  /** What it was asked for and had since then; null: nothing. */
  asked: AskedScopes | null;
  /** Whether it was answered since then to somebody who named no scopes, and may have judged them by the verdict. */
  someUnsaid: boolean;
}

interface Entry extends Remembered {
  readonly digest: string;
  readonly owner: Group;
  readonly business: Group;
  /** When it was last moved to the front. */
  round: number;
  older: Entry | null;
  newer: Entry | null;
}

/** What an eviction names: a token by its jti, an owner or a business by its id. */
export type Eviction = readonly [kind: 'token' | 'owner' | 'business', id: string];

const SCOPE_LISTS_MAX = 1000;
/** In one round this fraction of the maximum is replaced. */
const ROUNDS = 16;

/**
 * Active verdicts by the digest of their secret. If there are more than `max`, one that was not used for long is
 * removed. A use moves its entry to the front once a round, not each time: while nothing is replaced, nothing is moved.
 * To forget an owner or a business, one flag is set, however many entries it has: they are removed later when they are
 * found.
 */
export class RememberedVerdicts {
  private entries = new Map<string, Entry>();
  private byJti = new Map<string, Entry>();
  private owners = new Map<string, Group>();
  private businesses = new Map<string, Group>();
  private scopeLists = new Map<string, readonly string[]>();
  private newest: Entry | null = null;
  private oldest: Entry | null = null;
  private round = 0;
  private keptInRound = 0;
  /** How many were removed because there were more than `max`. */
  pushedOut = 0;

  constructor(private readonly max: number) {}

  /** The number of entries, including forgotten ones that are not removed yet. */
  get size(): number {
    return this.entries.size;
  }

  /** May be used only while the lease holds. */
  get(digest: string): Remembered | undefined {
    const entry = this.entries.get(digest);
    if (entry === undefined) return undefined;
    if (entry.owner.stale || entry.business.stale) {
      this.drop(entry);
      return undefined;
    }
    if (entry.round !== this.round) {
      this.unlink(entry);
      this.link(entry);
    }
    return entry;
  }

  /** @param fact of an active verdict that may be remembered */
  keep(digest: string, fact: Fact & { verdict: ActiveVerdict }): void {
    this.forgetDigest(digest);
    this.forgetToken(fact.verdict.jti);
    if (this.max === 0) return;
    const { verdict } = fact;
    const owner = this.ownerGroup(verdict.owner);
    const business = groupOf(this.businesses, verdict.business_id, null);
    const entry: Entry = {
      verdict: Object.freeze({
        ...verdict,
        business_id: business.id,
        owner: owner.owner as VerifiedOwner,
        scopes: this.sharedScopes(verdict.scopes),
      }),
      trustedIps: fact.trustedIps,
      expiresAtMs: fact.expiresAtMs,
      uses: 0,
      asked: null,
      someUnsaid: false,
      digest,
      owner,
      business,
      round: this.round,
      older: null,
      newer: null,
    };
    owner.members++;
    business.members++;
    this.entries.set(digest, entry);
    this.byJti.set(verdict.jti, entry);
    this.link(entry);
    if (++this.keptInRound > this.max / ROUNDS) {
      this.keptInRound = 0;
      this.round++;
    }
    if (this.entries.size > this.max) {
      this.drop(this.oldest as Entry);
      this.pushedOut++;
    }
  }

  forgetDigest(digest: string): void {
    const entry = this.entries.get(digest);
    if (entry !== undefined) this.drop(entry);
  }

  forget(evictions: readonly Eviction[]): void {
    for (const [kind, id] of evictions) {
      switch (kind) {
        case 'token':
          this.forgetToken(id);
          break;
        case 'owner':
          forgetGroup(this.owners, id);
          break;
        case 'business':
          forgetGroup(this.businesses, id);
          break;
      }
    }
  }

  forgetEverything(): void {
    this.entries = new Map();
    this.byJti = new Map();
    this.owners = new Map();
    this.businesses = new Map();
    this.scopeLists = new Map();
    this.newest = null;
    this.oldest = null;
  }

  private forgetToken(jti: string): void {
    const entry = this.byJti.get(jti);
    if (entry !== undefined) this.drop(entry);
  }

  private drop(entry: Entry): void {
    this.unlink(entry);
    this.entries.delete(entry.digest);
    this.byJti.delete(entry.verdict.jti);
    leave(this.owners, entry.verdict.owner.id ?? '', entry.owner);
    leave(this.businesses, entry.verdict.business_id, entry.business);
  }

  private link(entry: Entry): void {
    entry.round = this.round;
    entry.older = this.newest;
    entry.newer = null;
    if (this.newest !== null) this.newest.newer = entry;
    this.newest = entry;
    this.oldest ??= entry;
  }

  private unlink(entry: Entry): void {
    if (entry.newer === null) this.newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === null) this.oldest = entry.newer;
    else entry.older.newer = entry.newer;
  }

  private ownerGroup(owner: VerifiedOwner): Group {
    const known = this.owners.get(owner.id ?? '');
    if (known !== undefined && !isSame(known.owner, owner)) forgetGroup(this.owners, owner.id ?? '');
    return groupOf(this.owners, owner.id ?? '', owner);
  }

  private sharedScopes(scopes: readonly string[]): readonly string[] {
    const key = scopes.join(' ');
    let shared = this.scopeLists.get(key);
    if (shared === undefined) {
      shared = Object.freeze([...scopes]);
      if (this.scopeLists.size >= SCOPE_LISTS_MAX) this.scopeLists.clear();
      this.scopeLists.set(key, shared);
    }
    return shared;
  }
}

function groupOf(groups: Map<string, Group>, id: string, owner: VerifiedOwner | null): Group {
  let group = groups.get(id);
  if (group === undefined) {
    group = { id, owner: owner === null ? null : Object.freeze({ ...owner }), stale: false, members: 0 };
    groups.set(id, group);
  }
  return group;
}

function forgetGroup(groups: Map<string, Group>, id: string): void {
  const group = groups.get(id);
  if (group === undefined) return;
  group.stale = true;
  groups.delete(id);
}

function leave(groups: Map<string, Group>, id: string, group: Group): void {
  group.members--;
  if (group.members === 0 && groups.get(id) === group) groups.delete(id);
}

function isSame(left: VerifiedOwner | null, right: VerifiedOwner): boolean {
  return (
    left !== null &&
    left.kind === right.kind &&
    left.name === right.name &&
    left.email === right.email &&
    left.role === right.role
  );
}
