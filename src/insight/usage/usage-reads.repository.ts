import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared, type Prepared } from '../../database/prepared.js';
import { EVERY_BUSINESS, PLATFORM_ROWS } from '../../database/row-access.js';
import { USAGE_OUTCOMES, type UsageCounts } from '../../verification/usage/usage-outcome.js';
import { VALUES_MAX } from '../../verification/usage/latest-values.js';

const READ_MS_MAX = 10_000;
const COUNTS = USAGE_OUTCOMES.map((outcome) => `${outcome}::float8`).join(', ');
const SUMS = USAGE_OUTCOMES.map((outcome) => `sum(${outcome})::float8 AS ${outcome}`).join(', ');

/** By token_usage_pkey. */
const OF_TOKEN: Prepared = {
  name: 'usage_of_token',
  text: `SELECT hour, ${COUNTS} FROM token_usage WHERE token_id = $3 AND business_id = $4 AND hour >= $1 AND hour < $2 ORDER BY hour`,
};

/** By business_usage_pkey. */
const OF_BUSINESS: Prepared = {
  name: 'usage_of_business',
  text: `SELECT hour, ${COUNTS} FROM business_usage WHERE business_id = $3 AND hour >= $1 AND hour < $2 ORDER BY hour`,
};

/** By business_usage_hour_idx: one row for each business and hour. */
const OF_ALL: Prepared = {
  name: 'usage_of_all',
  timeoutMs: READ_MS_MAX,
  text: `SELECT hour, ${SUMS} FROM business_usage WHERE hour >= $1 AND hour < $2 GROUP BY hour ORDER BY hour`,
};

/** By the primary keys. */
const latest = (table: string, column: string): Prepared => ({
  name: `usage_latest_${column}`,
  text: `SELECT ${column === 'address' ? 'host(address)' : column} AS value, first_seen_at, last_seen_at FROM ${table}
    WHERE token_id = $1 AND business_id = $2 ORDER BY last_seen_at DESC, ${column} LIMIT ${VALUES_MAX}`,
});
const ADDRESSES = latest('token_addresses', 'address');
const USER_AGENTS = latest('token_user_agents', 'user_agent');

/** By token_asked_scopes_pkey. */
const ASKED_SCOPES: Prepared = {
  name: 'usage_asked_scopes',
  text: `SELECT token_id AS "tokenId", scope, first_asked_at AS "firstAskedAt", last_asked_at AS "lastAskedAt" FROM token_asked_scopes
    WHERE business_id = $1 AND token_id = ANY ($2::uuid[]) ORDER BY last_asked_at DESC, scope`,
};

export type HourRow = UsageCounts & { hour: Date };

export interface SeenValue {
  value: string;
  first_seen_at: Date;
  last_seen_at: Date;
}

/** What good verdicts on a token asked for. */
export interface AskedScopesOfToken {
  /** Last asked for first. */
  scopes: AskedScope[];
  /** When it was last good where nobody said which scopes that took, after it was first asked for one; null: never. */
  unsaidAt: Date | null;
}

export interface AskedScope {
  scope: string;
  firstAskedAt: Date;
  lastAskedAt: Date;
}

export interface Stretch {
  since: Date;
  until: Date;
}

/** Reads usage of one business (null: the platform's own tokens) or, where stated, of all. */
@Injectable()
export class UsageReadsRepository {
  constructor(private readonly dataSource: DataSource) {}

  ofToken(businessId: string | null, tokenId: string, { since, until }: Stretch): Promise<HourRow[]> {
    const business = businessId ?? PLATFORM_ROWS;
    return this.read(business, OF_TOKEN, [since, until, tokenId, business]);
  }

  ofBusiness(businessId: string, { since, until }: Stretch): Promise<HourRow[]> {
    return this.read(businessId, OF_BUSINESS, [since, until, businessId]);
  }

  /** Of every business and the platform, summed up. */
  ofAll({ since, until }: Stretch): Promise<HourRow[]> {
    return this.read(EVERY_BUSINESS, OF_ALL, [since, until]);
  }

  addresses(businessId: string | null, tokenId: string): Promise<SeenValue[]> {
    const business = businessId ?? PLATFORM_ROWS;
    return this.read(business, ADDRESSES, [tokenId, business]);
  }

  userAgents(businessId: string | null, tokenId: string): Promise<SeenValue[]> {
    const business = businessId ?? PLATFORM_ROWS;
    return this.read(business, USER_AGENTS, [tokenId, business]);
  }

  /** By token; those that were asked for none are not in it. */
  async askedScopes(
    businessId: string,
    tokenIds: readonly string[],
  ): Promise<Map<string, AskedScopesOfToken>> {
    const rows = await this.read<AskedScope & { tokenId: string }>(businessId, ASKED_SCOPES, [
      businessId,
      tokenIds,
    ]);
    const byToken = Map.groupBy(rows, ({ tokenId }) => tokenId);
    return new Map(
      [...byToken].map(([tokenId, asked]) => [
        tokenId,
        {
          scopes: asked.filter(({ scope }) => scope !== ''),
          unsaidAt: asked.find(({ scope }) => scope === '')?.lastAskedAt ?? null,
        },
      ]),
    );
  }

  private read<Row>(rowAccess: string, statement: Prepared, values: unknown[]): Promise<Row[]> {
    return queryPrepared<Row>(this.dataSource, { ...statement, rowAccess }, values);
  }
}
