import type { TokenFacts } from '../token-facts.js';
import { AskedScopes, ENTRY_CHARACTERS, scopeOf } from './asked-scopes.js';
import { LatestValues } from './latest-values.js';
import { USAGE_OUTCOMES, type UsageOutcome } from './usage-outcome.js';

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
