import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared, type Prepared } from '../../database/prepared.js';
import { EVERY_BUSINESS, PLATFORM_ROWS } from '../../database/row-access.js';
import { USAGE_OUTCOMES, type UsageCounts, VALUES_MAX } from '../../verification/usage/usage-tally.js';

const READ_MS_MAX = 10_000;
const COUNTS = USAGE_OUTCOMES.map((outcome) => `${outcome}::float8`).join(', ');
const SUMS = USAGE_OUTCOMES.map((outcome) => `sum(${outcome})::float8 AS ${outcome}`).join(', ');

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

  /** By token_usage_pkey. */
  ofToken(businessId: string | null, tokenId: string, { since, until }: Stretch): Promise<HourRow[]> {
    const text = `SELECT hour, ${COUNTS} FROM token_usage WHERE token_id = $3 AND business_id = $4 AND hour >= $1 AND hour < $2 ORDER BY hour`;
    const rowAccess = businessId ?? PLATFORM_ROWS;
    return this.read({ name: 'usage_of_token', text, rowAccess }, [since, until, tokenId, rowAccess]);
  }

  /** By business_usage_pkey. */
  ofBusiness(businessId: string, { since, until }: Stretch): Promise<HourRow[]> {
    const text = `SELECT hour, ${COUNTS} FROM business_usage WHERE business_id = $3 AND hour >= $1 AND hour < $2 ORDER BY hour`;
    return this.read({ name: 'usage_of_business', text, rowAccess: businessId }, [since, until, businessId]);
  }

  /** Of every business and the platform, summed up. By business_usage_hour_idx: one row for each business and hour. */
  ofAll({ since, until }: Stretch): Promise<HourRow[]> {
    const text = `SELECT hour, ${SUMS} FROM business_usage WHERE hour >= $1 AND hour < $2 GROUP BY hour ORDER BY hour`;
    const statement = { name: 'usage_of_all', timeoutMs: READ_MS_MAX, rowAccess: EVERY_BUSINESS, text };
    return this.read(statement, [since, until]);
  }

  addresses(businessId: string | null, tokenId: string): Promise<SeenValue[]> {
    return this.latest('token_addresses', 'address', businessId, tokenId);
  }

  userAgents(businessId: string | null, tokenId: string): Promise<SeenValue[]> {
    return this.latest('token_user_agents', 'user_agent', businessId, tokenId);
  }

  /** By the primary keys. */
  private latest(
    table: string,
    column: 'address' | 'user_agent',
    businessId: string | null,
    tokenId: string,
  ): Promise<SeenValue[]> {
    const text = `SELECT ${column === 'address' ? 'host(address)' : column} AS value, first_seen_at, last_seen_at FROM ${table}
    WHERE token_id = $1 AND business_id = $2 ORDER BY last_seen_at DESC, ${column} LIMIT ${VALUES_MAX}`;
    const rowAccess = businessId ?? PLATFORM_ROWS;
    return this.read({ name: `usage_latest_${table}`, text, rowAccess }, [tokenId, rowAccess]);
  }

  /** By token; those that were asked for none are not in it. By token_asked_scopes_pkey. */
  async askedScopes(
    businessId: string,
    tokenIds: readonly string[],
  ): Promise<Map<string, AskedScopesOfToken>> {
    const text = `SELECT token_id AS "tokenId", scope, first_asked_at AS "firstAskedAt", last_asked_at AS "lastAskedAt" FROM token_asked_scopes
    WHERE business_id = $1 AND token_id = ANY ($2::uuid[]) ORDER BY last_asked_at DESC, scope`;
    const rows = await this.read<AskedScope & { tokenId: string }>(
      { name: 'usage_asked_scopes', text, rowAccess: businessId },
      [businessId, tokenIds],
    );
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

  private read<Row>(statement: Prepared, values: unknown[]): Promise<Row[]> {
    return queryPrepared<Row>(this.dataSource, statement, values);
  }
}
