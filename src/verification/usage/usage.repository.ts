import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared } from '../../database/prepared.js';
import { leads } from '../../database/leadership.js';
import { acrossBusinesses } from '../../database/row-access.js';
import {
  COUNT_VERDICTS,
  NOTE_ASKED,
  PURGE_ASKED,
  PURGE_BUSINESSES,
  PURGE_ORIGINS,
  PURGE_TOKENS,
  SEE_ADDRESSES,
  SEE_USER_AGENTS,
} from './usage.sql.js';
import { USAGE_OUTCOMES } from './usage-outcome.js';
import type { SeenRow, UsageRows } from './usage-rows.js';

/** Writes what was counted in memory, and deletes what is not to be kept: that one process at a time, and 0 rows for any other. */
@Injectable()
export class UsageRepository {
  constructor(private readonly dataSource: DataSource) {}

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
