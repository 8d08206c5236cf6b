import { isIP } from 'node:net';
import { PLATFORM_ROWS } from '../../database/row-access.js';
import { withoutSecrets } from '../../secrets/secret-in-text.js';
import type { TokenFacts } from '../token-facts.js';
import { plainAddress } from '../trusted-ips.js';
import { VALUES_MAX, type LatestValues } from './latest-values.js';
import { USAGE_OUTCOMES } from './usage-outcome.js';
import type { TokenTally } from './usage-tally.js';

/** Verdicts on one token, in the order of USAGE_OUTCOMES. */
interface CountedRow {
  tokenId: string;
  /** The nil UUID for the platform. */
  businessId: string;
  counts: number[];
}

/** Where a token was presented from, and when last, in milliseconds of database time. */
export interface SeenRow {
  tokenId: string;
  businessId: string;
  value: string;
  ms: number;
}

/** What a token had to have, and when last, in milliseconds of database time. */
interface AskedRow {
  tokenId: string;
  businessId: string;
  /** Empty: nobody said. */
  scope: string;
  /** Whether the token carries it by that name. */
  isCarried: boolean;
  ms: number;
}

/** What is written of some tokens: no token, and no value of it, twice. */
export interface UsageRows {
  counted: CountedRow[];
  addresses: SeenRow[];
  userAgents: SeenRow[];
  asked: AskedRow[];
}

/** A token that was forgotten and looked up meanwhile was counted in two places. */
export function usageRows(entries: readonly (readonly [TokenFacts, TokenTally])[]): UsageRows {
  const byToken = Map.groupBy(entries, ([token]) => token.id);
  const rows: UsageRows = { counted: [], addresses: [], userAgents: [], asked: [] };
  for (const [tokenId, tallies] of byToken) {
    const businessId = tallies[0]?.[0].business?.id ?? PLATFORM_ROWS;
    const counts = USAGE_OUTCOMES.map((_, index) =>
      tallies.reduce((sum, [, tally]) => sum + (tally.counts[index] as number), 0),
    );
    rows.counted.push({ tokenId, businessId, counts });
    const seen = (values: readonly (LatestValues | null)[], read: (value: string) => string | null) =>
      latest(values, read).map(([value, ms]) => ({ tokenId, businessId, value, ms }));
    const of = tallies.map(([, tally]) => tally);
    rows.addresses.push(...seen(of.map(({ addresses }) => addresses), addressOf)); // prettier-ignore
    rows.userAgents.push(...seen(of.map(({ userAgents }) => userAgents), storable)); // prettier-ignore
    rows.asked.push(...askedOf(of).map((row) => ({ tokenId, businessId, ...row })));
  }
  return rows;
}

function askedOf(tallies: readonly TokenTally[]): Pick<AskedRow, 'scope' | 'isCarried' | 'ms'>[] {
  const rows = new Map<string, Pick<AskedRow, 'scope' | 'isCarried' | 'ms'>>();
  const put = (scope: string, isCarried: boolean, ms: number): void =>
    void rows.set(scope, { scope, isCarried, ms: Math.max(ms, rows.get(scope)?.ms ?? ms) });
  for (const { asked, askedMs, unsaidMs } of tallies) {
    for (const { scope, isCarried } of asked?.entries() ?? []) put(scope, isCarried, askedMs);
    if (unsaidMs > 0) put('', false, unsaidMs);
  }
  return [...rows.values()];
}

function latest(
  values: readonly (LatestValues | null)[],
  read: (value: string) => string | null,
): [string, number][] {
  const times = new Map<string, number>();
  for (const [value, ms] of values.flatMap((each) => each?.entries() ?? [])) {
    const known = read(value);
    if (known !== null) times.set(known, Math.max(ms, times.get(known) ?? -Infinity));
  }
  return [...times].sort(([, left], [, right]) => right - left).slice(0, VALUES_MAX);
}

/** As PostgreSQL reads it; null: what a proxy passed on is no address. */
function addressOf(text: string): string | null {
  const address = plainAddress(text.split('%', 1)[0] as string);
  return isIP(address) === 0 ? null : address;
}

/** PostgreSQL knows no NUL, and whoever reads a list of these is to see what it holds. */
function storable(text: string): string | null {
  const shown = withoutSecrets(text).toWellFormed().replace(/\p{C}/gu, '\ufffd').trim();
  return shown === '' ? null : shown;
}
