import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf, queryPreparedOn } from '../database/prepared.js';
import {
  filteringConditions,
  indexedConditions,
  type Parameter,
  type Selection,
} from '../token-rows/selection/selector.sql.js';
import type { OwnerFilter } from '../token-rows/token-owner.js';

/** So many of the newest tokens are counted. */
const TOKENS_COUNTED = 1000;

/** How many over-scoped tokens there are. */
@Injectable()
export class OverScopedCountsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Of active tokens among the newest TOKENS_COUNTED of a business, or of one owner.
   * @param days how long ago at least they were first asked for a scope
   */
  async count(
    businessId: string,
    owner: OwnerFilter,
    days: number,
  ): Promise<{ count: number; hasOlder: boolean }> {
    const values: unknown[] = [];
    const text = statement(businessId, owner, days, (value) => `$${values.push(value)}`);
    const [row] = await queryPreparedOn<{ count: number; looked: number }>(
      poolOf(this.dataSource),
      // Planned each time, by its values, as lists with a selector are.
      { name: '', text, rowAccess: businessId },
      values,
    );
    return { count: row?.count ?? 0, hasOlder: (row?.looked ?? 0) > TOKENS_COUNTED };
  }
}

/** Uses the index of the tokens of a business, or of an owner, by creation, and then that of what each was asked for. */
function statement(businessId: string, owner: OwnerFilter, days: number, parameter: Parameter): string {
  const selection: Selection = {
    businessId,
    owner,
    selector: { status: 'active', overScopedDays: days },
    includeRevoked: false,
    sort: 'created_at',
  };
  const newest = (limit: number): string =>
    `SELECT * FROM tokens t WHERE ${indexedConditions(selection, parameter).join(' AND ')}
      ORDER BY t.created_at DESC, t.id DESC LIMIT ${limit}`;
  return `
SELECT (SELECT count(*)::int FROM (${newest(TOKENS_COUNTED)}) t WHERE ${filteringConditions(selection, parameter).join(' AND ')}) AS count,
  (SELECT count(*)::int FROM (${newest(TOKENS_COUNTED + 1)}) t) AS looked`;
}
