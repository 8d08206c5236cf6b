import { effectiveScopes } from '../effective-scopes.js';
import { covers, isWellFormedScope } from '../scopes.js';
import type { TokenFacts } from '../token-facts.js';
import type { InactiveReason } from '../verdict.js';

/** What verdicts on a token came to, in the order in which they are counted: all of them but those that name no token. */
export const USAGE_OUTCOMES = [
  'active',
  'revoked',
  'expired',
  'suspended',
  'exhausted',
  'insufficient_scope',
  'ip_not_allowed',
] as const satisfies ('active' | InactiveReason)[];

export type UsageOutcome = (typeof USAGE_OUTCOMES)[number];

/** Verdicts by their outcome. */
export type UsageCounts = Record<UsageOutcome, number>;

export const HOUR_MS = 3_600_000;

/** The hour that a moment lies in, as its first millisecond. */
export function hourOf(ms: number): number {
  return ms - (((ms % HOUR_MS) + HOUR_MS) % HOUR_MS);
}

/** Of each token so many addresses are kept, and so many user agents: those seen last. */
export const VALUES_MAX = 16;

/** About what an entry takes beside its characters. */
const ENTRY_CHARACTERS = 32;

/** The values of one kind seen last, at most VALUES_MAX, with when that was. Most tokens have one, which costs no map. */
export class LatestValues {
  /** Those before the last, the oldest first. */
  private others: Map<string, number> | null = null;

  constructor(
    private last: string,
    private lastMs: number,
  ) {}

  static costOf(value: string): number {
    return value.length + ENTRY_CHARACTERS;
  }

  /**
   * @param room characters that may be added; without room only what is known is noted
   * @returns characters added, or less than 0 when fewer are held than before
   */
  note(value: string, ms: number, room: number): number {
    if (value === this.last) {
      this.lastMs = ms;
      return 0;
    }
    const isKnown = this.others?.has(value) === true;
    if (!isKnown && LatestValues.costOf(value) > room) return 0;
    this.others ??= new Map();
    this.others.delete(value);
    this.others.set(this.last, this.lastMs);
    this.last = value;
    this.lastMs = ms;
    return isKnown ? 0 : LatestValues.costOf(value) - this.dropOldest(this.others);
  }

  entries(): (readonly [value: string, ms: number])[] {
    return [...(this.others ?? []), [this.last, this.lastMs]];
  }

  private dropOldest(others: Map<string, number>): number {
    if (others.size < VALUES_MAX) return 0;
    const oldest = others.keys().next().value as string;
    others.delete(oldest);
    return LatestValues.costOf(oldest);
  }
}

/** Of scopes that a token has without carrying them by name, so many are kept between two writes. */
const IMPLIED_MAX = 16;

/** A scope that was asked of a token that has it. */
interface AskedScope {
  scope: string;
  /** Whether the token carries it by that name, and not another that covers it. */
  isCarried: boolean;
}

/**
 * The scope to be kept where `asked` was asked of `token`; null: it has no such scope, or none that could be given to a token.
 * Of what the token carries it is the token's own copy of the text.
 */
function scopeOf(token: TokenFacts, asked: string): AskedScope | null {
  if (!covers(effectiveScopes(token), asked)) return null;
  const carried = token.scopes.find((scope) => scope === asked);
  if (carried !== undefined) return { scope: carried, isCarried: true };
  // What it was a part of is not to be kept with it.
  return isWellFormedScope(asked) ? { scope: Buffer.from(asked).toString(), isCarried: false } : null;
}

/** The scopes that were asked of one token. Most are asked for one, which costs no set. */
class AskedScopes {
  private others: Set<string> | null = null;
  private implied: Set<string> | null = null;
  private readonly first: string | null;

  constructor({ scope, isCarried }: AskedScope) {
    this.first = isCarried ? scope : null;
    if (!isCarried) this.implied = new Set([scope]);
  }

  has(scope: string): boolean {
    return scope === this.first || this.others?.has(scope) === true || this.implied?.has(scope) === true;
  }

  /** @returns false: there is no room for more that the token does not carry by name */
  add({ scope, isCarried }: AskedScope): boolean {
    if (isCarried) {
      this.others ??= new Set();
      this.others.add(scope);
      return true;
    }
    this.implied ??= new Set();
    if (this.implied.size >= IMPLIED_MAX) return false;
    this.implied.add(scope);
    return true;
  }

  *entries(): Generator<AskedScope> {
    if (this.first !== null) yield { scope: this.first, isCarried: true };
    for (const scope of this.others ?? []) yield { scope, isCarried: true };
    for (const scope of this.implied ?? []) yield { scope, isCarried: false };
  }
}

/** What more is used between two flushes is not counted. */
export const TOKENS_MAX = 200_000;
/** Of addresses, user agents and scopes together; what does not fit is counted without. */
export const CHARACTERS_MAX = 32_000_000;
/** A user agent is kept to this length. */
const USER_AGENT_LENGTH_MAX = 256;

const INDEX = Object.fromEntries(USAGE_OUTCOMES.map((outcome, index) => [outcome, index])) as Record<
  UsageOutcome,
  number
>;

/** Where a token was presented from, and what for, as far as it is known. */
export interface PresentedFrom {
  /** An address. */
  readonly from: string | null;
  readonly userAgent?: string | null | undefined;
  /** The scopes that it had to have, of which it may be that it has none; null or undefined: nobody said. */
  readonly scopes?: readonly string[] | null | undefined;
}

/** How one token was used since the flush before. */
export class TokenTally {
  /** By the order of USAGE_OUTCOMES. */
  readonly counts: number[] = USAGE_OUTCOMES.map(() => 0);
  addresses: LatestValues | null = null;
  userAgents: LatestValues | null = null;
  /** What it had to have and has. */
  asked: AskedScopes | null = null;
  /** When it was last asked for any; 0: not. */
  askedMs = 0;
  /** When it was last good where nobody said which scopes that took, or it could not be kept; 0: never. */
  unsaidMs = 0;
}

/** Verdicts of one hour by token, and where good tokens were presented from and what for: bounded, and one look into a map each. */
export class UsageTally {
  private readonly tokens = new Map<TokenFacts, TokenTally>();
  private characters = 0;

  constructor(
    readonly hourMs: number,
    private readonly hasOrigins: boolean,
  ) {}

  get size(): number {
    return this.tokens.size;
  }

  entries(): IterableIterator<[TokenFacts, TokenTally]> {
    return this.tokens.entries();
  }

  /** Where it was presented from counts for good tokens alone: a refused one would push out what it was used from. */
  add(token: TokenFacts, outcome: UsageOutcome, presented: PresentedFrom, nowMs: number, count = 1): void {
    const tally = this.tallyOf(token);
    if (tally === null) return;
    const index = INDEX[outcome];
    tally.counts[index] = (tally.counts[index] as number) + count;
    if (outcome !== 'active') return;
    this.noteAsked(tally, token, presented.scopes, nowMs);
    if (!this.hasOrigins) return;
    const { from, userAgent } = presented;
    if (from !== null) tally.addresses = this.noted(tally.addresses, from, nowMs);
    if (userAgent != null && userAgent !== '')
      tally.userAgents = this.noted(tally.userAgents, shortened(userAgent), nowMs);
  }

  /** Notes what a good token had to have, and counts no verdict. */
  ask(token: TokenFacts, scopes: PresentedFrom['scopes'], nowMs: number): void {
    const tally = this.tallyOf(token);
    if (tally !== null) this.noteAsked(tally, token, scopes, nowMs);
  }

  private tallyOf(token: TokenFacts): TokenTally | null {
    let tally = this.tokens.get(token);
    if (tally === undefined) {
      if (this.tokens.size >= TOKENS_MAX) return null;
      tally = new TokenTally();
      this.tokens.set(token, tally);
    }
    return tally;
  }

  /** Of tokens of businesses alone: nobody reads it of the platform's own. One look into a set for each scope that is known. */
  private noteAsked(
    tally: TokenTally,
    token: TokenFacts,
    scopes: PresentedFrom['scopes'],
    nowMs: number,
  ): void {
    if (token.business === null) return;
    if (scopes == null) {
      tally.unsaidMs = nowMs;
      return;
    }
    for (const scope of scopes) {
      if (tally.asked?.has(scope) !== true && !this.learn(tally, token, scope)) tally.unsaidMs = nowMs;
    }
    if (scopes.length > 0) tally.askedMs = nowMs;
  }

  /** @returns false: it should be kept, and there is no room */
  private learn(tally: TokenTally, token: TokenFacts, asked: string): boolean {
    const found = scopeOf(token, asked);
    if (found === null) return true;
    const cost = ENTRY_CHARACTERS + (found.isCarried ? 0 : found.scope.length);
    if (cost > CHARACTERS_MAX - this.characters) return !found.isCarried;
    if (tally.asked === null) tally.asked = new AskedScopes(found);
    else if (!tally.asked.add(found)) return true;
    this.characters += cost;
    return true;
  }

  private noted(values: LatestValues | null, value: string, nowMs: number): LatestValues | null {
    const room = CHARACTERS_MAX - this.characters;
    if (values !== null) {
      this.characters += values.note(value, nowMs, room);
      return values;
    }
    if (LatestValues.costOf(value) > room) return null;
    this.characters += LatestValues.costOf(value);
    return new LatestValues(value, nowMs);
  }
}

/** A string of its own: a part of another would keep that. */
function shortened(userAgent: string): string {
  if (userAgent.length <= USER_AGENT_LENGTH_MAX) return userAgent;
  return Buffer.from(userAgent.slice(0, USER_AGENT_LENGTH_MAX).toWellFormed()).toString();
}
