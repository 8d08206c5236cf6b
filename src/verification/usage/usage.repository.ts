import { isIP } from 'node:net';
import { NOTE_USES } from '../find-token.sql.js';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { leads } from '../../database/leadership.js';
import { type Prepared, queryPrepared } from '../../database/prepared.js';
import { acrossBusinesses, EVERY_BUSINESS, PLATFORM_ROWS } from '../../database/row-access.js';
import { type LatestValues, type TokenTally, USAGE_OUTCOMES, VALUES_MAX } from './usage-tally.js';
import { withoutSecrets } from '../../secrets/secret-in-text.js';
import type { TokenFacts } from '../token-facts.js';
import { plainAddress } from '../trusted-ips.js';

/** Verdicts on one token, in the order of USAGE_OUTCOMES. */
interface CountedRow {
  tokenId: string;
  /** The nil UUID for the platform. */
  businessId: string;
  counts: number[];
}

/** Where a token was presented from, and when last, in milliseconds of database time. */
interface SeenRow {
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
interface UsageRows {
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

const WRITE_MS_MAX = 15_000;
const COUNTS = USAGE_OUTCOMES.join(', ');

/** A count of one token and hour ends here, rather than fail all those that are written with it. */
const ADDED = USAGE_OUTCOMES.map(
  (outcome) => `${outcome} = least(u.${outcome}::bigint + excluded.${outcome}, 2147483647)::integer`,
).join(', ');

/**
 * Adds verdicts of the hour $3, by token and summed up by business. Both in one order, so that processes that write at once
 * do not come to wait for each other. Uses the primary keys.
 */
const COUNT_VERDICTS: Prepared = {
  name: 'usage_count_verdicts',
  timeoutMs: WRITE_MS_MAX,
  rowAccess: EVERY_BUSINESS,
  text: `
WITH noted AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], ${USAGE_OUTCOMES.map((_, index) => `$${index + 4}::integer[]`).join(', ')})
    AS n (token_id, business_id, ${COUNTS})
), by_token AS (
  INSERT INTO token_usage AS u (token_id, hour, business_id, ${COUNTS})
  SELECT token_id, $3::timestamptz, business_id, ${COUNTS} FROM noted ORDER BY token_id
  ON CONFLICT (token_id, hour) DO UPDATE SET ${ADDED}
)
INSERT INTO business_usage AS b (business_id, hour, ${COUNTS})
SELECT business_id, $3::timestamptz, ${USAGE_OUTCOMES.map((outcome) => `sum(${outcome})`).join(', ')}
FROM noted GROUP BY business_id ORDER BY business_id
ON CONFLICT (business_id, hour) DO UPDATE SET ${USAGE_OUTCOMES.map((outcome) => `${outcome} = b.${outcome} + excluded.${outcome}`).join(', ')}`,
};

/** Where values of one kind are kept, and their type. */
interface Kind {
  table: 'token_addresses' | 'token_user_agents';
  column: 'address' | 'user_agent';
  type: 'inet' | 'text';
}
const ADDRESSES: Kind = { table: 'token_addresses', column: 'address', type: 'inet' };
const USER_AGENTS: Kind = { table: 'token_user_agents', column: 'user_agent', type: 'text' };

/**
 * Notes that token $1 of business $2 was presented with value $3 at $4 milliseconds. What was noted less than a minute
 * before is left as it is, so that constant use costs few writes. @returns the tokens that have got a value more
 */
const seeing = ({ table, column, type }: Kind): Prepared => ({
  name: `usage_see_${column}`,
  timeoutMs: WRITE_MS_MAX,
  rowAccess: EVERY_BUSINESS,
  text: `
WITH news AS MATERIALIZED (
  SELECT n.token_id, n.business_id, n.${column}, to_timestamp(n.ms / 1000)::timestamptz(3) AS at
  FROM unnest($1::uuid[], $2::uuid[], $3::${type}[], $4::float8[]) AS n (token_id, business_id, ${column}, ms)
  LEFT JOIN ${table} s ON s.token_id = n.token_id AND s.${column} = n.${column}
  WHERE s.last_seen_at IS NULL OR s.last_seen_at < to_timestamp(n.ms / 1000) - interval '1 minute'
), written AS (
  INSERT INTO ${table} AS s (token_id, ${column}, business_id, first_seen_at, last_seen_at)
  SELECT token_id, ${column}, business_id, at, at FROM news ORDER BY token_id, ${column}
  ON CONFLICT (token_id, ${column}) DO UPDATE SET last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at)
  RETURNING token_id, xmax = 0 AS added
)
SELECT DISTINCT token_id AS id FROM written WHERE added`,
});

/** Takes what tokens $1 have beyond the values seen last. What another process is writing is left to that one. */
const trimming = ({ table, column }: Kind): Prepared => ({
  name: `usage_trim_${column}`,
  timeoutMs: WRITE_MS_MAX,
  rowAccess: EVERY_BUSINESS,
  text: `
WITH old AS MATERIALIZED (
  SELECT o.token_id, o.${column} FROM unnest($1::uuid[]) AS t (id) CROSS JOIN LATERAL (
    SELECT token_id, ${column} FROM ${table} WHERE token_id = t.id ORDER BY last_seen_at DESC, ${column} OFFSET ${VALUES_MAX}) o
), free AS MATERIALIZED (
  SELECT s.token_id, s.${column} FROM old JOIN ${table} s ON s.token_id = old.token_id AND s.${column} = old.${column}
  FOR UPDATE OF s SKIP LOCKED
)
DELETE FROM ${table} s USING free WHERE s.token_id = free.token_id AND s.${column} = free.${column}`,
});

const SEE_ADDRESSES = { see: seeing(ADDRESSES), trim: trimming(ADDRESSES) };
const SEE_USER_AGENTS = { see: seeing(USER_AGENTS), trim: trimming(USER_AGENTS) };

/** So many rows a token has before what it is asked for and does not carry by that name is not added any more. */
const IMPLIED_ROWS_MAX = 100;

/**
 * Notes that token $2 of business $1 had to have scope $3, which it carries by that name or not ($4), at $5 milliseconds. What was noted less
 * than an hour before is left as it is: in constant use a scope is written once an hour. That nobody said which (an
 * empty scope) is noted of those tokens alone that were asked for one. Uses the primary key.
 */
const NOTE_ASKED: Prepared = {
  name: 'usage_note_asked',
  timeoutMs: WRITE_MS_MAX,
  rowAccess: EVERY_BUSINESS,
  text: `
WITH news AS MATERIALIZED (
  SELECT n.business_id, n.token_id, n.scope, to_timestamp(n.ms / 1000)::timestamptz(3) AS at
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::float8[]) AS n (business_id, token_id, scope, is_carried, ms)
  LEFT JOIN token_asked_scopes a ON a.business_id = n.business_id AND a.token_id = n.token_id AND a.scope = n.scope
  WHERE CASE WHEN a.last_asked_at IS NOT NULL THEN a.last_asked_at < to_timestamp(n.ms / 1000) - interval '1 hour'
    WHEN n.is_carried THEN true
    WHEN n.scope = '' THEN EXISTS (SELECT FROM token_asked_scopes o WHERE o.business_id = n.business_id AND o.token_id = n.token_id)
    ELSE (SELECT count(*) FROM token_asked_scopes o WHERE o.business_id = n.business_id AND o.token_id = n.token_id) < ${IMPLIED_ROWS_MAX} END
)
INSERT INTO token_asked_scopes AS a (business_id, token_id, scope, first_asked_at, last_asked_at)
SELECT business_id, token_id, scope, at, at FROM news ORDER BY business_id, token_id, scope
ON CONFLICT (business_id, token_id, scope) DO UPDATE SET last_asked_at = greatest(a.last_asked_at, excluded.last_asked_at)`,
};

/**
 * Deletes up to $2 hours of tokens before $1, and with them where those tokens were last seen before: what is in the one
 * table has its hour in the other, and an hour is over before $1 when nothing of it is behind. The scopes that a token was asked for go all together, when it
 * was asked for none since. @returns how many hours. Uses token_usage_hour_idx.
 */
const PURGE_TOKENS = `
WITH old AS MATERIALIZED (
  SELECT business_id, token_id, hour FROM token_usage WHERE hour < $1::timestamptz - interval '1 hour' ORDER BY hour LIMIT $2
), asked AS (
  DELETE FROM token_asked_scopes a USING (SELECT DISTINCT business_id, token_id FROM old) o
  WHERE a.business_id = o.business_id AND a.token_id = o.token_id AND a.last_asked_at < $1 AND (a.scope = '' OR NOT EXISTS (
    SELECT FROM token_asked_scopes l WHERE l.business_id = a.business_id AND l.token_id = a.token_id AND l.scope <> '' AND l.last_asked_at >= $1))
), addresses AS (
  DELETE FROM token_addresses s USING (SELECT DISTINCT token_id FROM old) o WHERE s.token_id = o.token_id AND s.last_seen_at < $1
), agents AS (
  DELETE FROM token_user_agents s USING (SELECT DISTINCT token_id FROM old) o WHERE s.token_id = o.token_id AND s.last_seen_at < $1
), hours AS (
  DELETE FROM token_usage u USING old WHERE u.token_id = old.token_id AND u.hour = old.hour RETURNING 1
)
SELECT count(*)::int AS purged FROM hours`;

/** Deletes the hours of businesses before $1. Uses business_usage_hour_idx. */
const PURGE_BUSINESSES = 'DELETE FROM business_usage WHERE hour < $1';

/** Deletes up to $1 of the scopes that tokens were asked for. @returns how many */
const PURGE_ASKED = `
WITH asked AS (
  DELETE FROM token_asked_scopes WHERE (business_id, token_id, scope) IN (
    SELECT business_id, token_id, scope FROM token_asked_scopes ORDER BY business_id, token_id, scope LIMIT $1) RETURNING 1
)
SELECT count(*)::int AS purged FROM asked`;

/** Deletes up to $1 of what says where tokens were presented from. @returns how many */
const PURGE_ORIGINS = `
WITH addresses AS (
  DELETE FROM token_addresses WHERE (token_id, address) IN (SELECT token_id, address FROM token_addresses ORDER BY token_id, address LIMIT $1) RETURNING 1
), agents AS (
  DELETE FROM token_user_agents WHERE (token_id, user_agent) IN (SELECT token_id, user_agent FROM token_user_agents ORDER BY token_id, user_agent LIMIT $1) RETURNING 1
)
SELECT (SELECT count(*) FROM addresses)::int + (SELECT count(*) FROM agents)::int AS purged`;

/** Writes what was counted in memory, and deletes what is not to be kept: that one process at a time, and 0 rows for any other. */
@Injectable()
export class UsageRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Moves times of last use forward, in milliseconds of database time by token id.
   * @returns the ids of tokens that somebody is changing at this moment: those are not changed
   */
  async noteLastUses(uses: ReadonlyMap<string, number>): Promise<string[]> {
    const values = [[...uses.keys()], [...uses.values()]];
    const busy = await queryPrepared<{ id: string }>(this.dataSource, NOTE_USES, values);
    return busy.map(({ id }) => id);
  }

  /** Adds to what is counted of the hour that begins at `hourMs`: the counts whole or not at all, and then the rest. */
  async write(hourMs: number, { counted, addresses, userAgents, asked }: UsageRows): Promise<void> {
    await queryPrepared(this.dataSource, COUNT_VERDICTS, [
      counted.map(({ tokenId }) => tokenId),
      counted.map(({ businessId }) => businessId),
      new Date(hourMs),
      ...USAGE_OUTCOMES.map((_, index) => counted.map(({ counts }) => counts[index])),
    ]);
    await this.see(SEE_ADDRESSES, addresses);
    await this.see(SEE_USER_AGENTS, userAgents);
    if (asked.length > 0)
      await queryPrepared(this.dataSource, NOTE_ASKED, [
        asked.map(({ businessId }) => businessId),
        asked.map(({ tokenId }) => tokenId),
        asked.map(({ scope }) => scope),
        asked.map(({ isCarried }) => isCarried),
        asked.map(({ ms }) => ms),
      ]);
  }

  /**
   * Deletes up to `limit` hours of tokens that are over before then, where those tokens were seen last before, and what they
   * were asked for that were asked for nothing since.
   * @returns how many hours
   */
  deleteHours(before: Date | 'infinity', limit: number): Promise<number> {
    return this.delete(PURGE_TOKENS, [before, limit]);
  }

  async deleteHoursOfBusinesses(before: Date | 'infinity'): Promise<void> {
    await this.delete(PURGE_BUSINESSES, [before]);
  }

  /** Deletes up to `limit` addresses and user agents each. @returns how many */
  deleteOrigins(limit: number): Promise<number> {
    return this.delete(PURGE_ORIGINS, [limit]);
  }

  /** Deletes up to `limit` scopes that tokens were asked for. @returns how many */
  deleteAsked(limit: number): Promise<number> {
    return this.delete(PURGE_ASKED, [limit]);
  }

  private delete(statement: string, values: unknown[]): Promise<number> {
    return acrossBusinesses(this.dataSource, (session) =>
      session.transaction(async (manager) => {
        if (!(await leads('usage', manager))) return 0;
        const rows = await manager.query<{ purged?: number }[]>(statement, values);
        return rows[0]?.purged ?? 0;
      }),
    );
  }

  private async see({ see, trim }: typeof SEE_ADDRESSES, rows: readonly SeenRow[]): Promise<void> {
    if (rows.length === 0) return;
    const grown = await queryPrepared<{ id: string }>(this.dataSource, see, [
      rows.map(({ tokenId }) => tokenId),
      rows.map(({ businessId }) => businessId),
      rows.map(({ value }) => value),
      rows.map(({ ms }) => ms),
    ]);
    if (grown.length > 0) await queryPrepared(this.dataSource, trim, [grown.map(({ id }) => id)]);
  }
}
