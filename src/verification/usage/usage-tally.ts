import type { TokenFacts } from '../token-facts.js';
import { LatestValues } from './latest-values.js';
import { USAGE_OUTCOMES, type UsageOutcome } from './usage-outcome.js';

/** What more is used between two flushes is not counted. */
export const TOKENS_MAX = 200_000;
/** Of addresses and user agents together; what does not fit is counted without. */
export const CHARACTERS_MAX = 32_000_000;
/** A user agent is kept to this length. */
export const USER_AGENT_LENGTH_MAX = 256;

const INDEX = Object.fromEntries(USAGE_OUTCOMES.map((outcome, index) => [outcome, index])) as Record<
  UsageOutcome,
  number
>;

/** Where a token was presented from, as far as it is known. */
export interface PresentedFrom {
  /** An address. */
  readonly from: string | null;
  readonly userAgent?: string | null | undefined;
}

/** How one token was used since the flush before. */
export class TokenTally {
  /** By the order of USAGE_OUTCOMES. */
  readonly counts: number[] = USAGE_OUTCOMES.map(() => 0);
  addresses: LatestValues | null = null;
  userAgents: LatestValues | null = null;
}

/** Verdicts of one hour by token, and where good tokens were presented from: bounded, and one look into a map each. */
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
    let tally = this.tokens.get(token);
    if (tally === undefined) {
      if (this.tokens.size >= TOKENS_MAX) return;
      tally = new TokenTally();
      this.tokens.set(token, tally);
    }
    const index = INDEX[outcome];
    tally.counts[index] = (tally.counts[index] as number) + count;
    if (!this.hasOrigins || outcome !== 'active') return;
    const { from, userAgent } = presented;
    if (from !== null) tally.addresses = this.noted(tally.addresses, from, nowMs);
    if (userAgent != null && userAgent !== '')
      tally.userAgents = this.noted(tally.userAgents, shortened(userAgent), nowMs);
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
