import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf, type Prepared, queryPreparedOn } from '../database/prepared.js';
import type { OwnerFilter, TokenOwner } from '../token-rows/token-owner.js';
import { isCutOff } from '../verification/cut-off.sql.js';
import {
  filteringConditions,
  indexedConditions,
  type Parameter,
  type Selection,
} from '../token-rows/selection/selector.sql.js';

/** Whose tokens are counted. */
export type CountedKind = 'user' | 'identity';

/** Behind which owner a page begins. */
export interface OwnerPosition {
  kind: CountedKind;
  /** As PostgreSQL reads a time. */
  createdAt: string;
  id: string;
}

export interface OwnerCount {
  owner: TokenOwner;
  position: OwnerPosition;
  /** Active ones, of the newest TOKENS_COUNTED. */
  activeTokens: number;
  hasOlder: boolean;
}

/** So many of the newest tokens, of a business or of an owner, are counted. */
const TOKENS_COUNTED = 1000;

interface CountRow {
  id: string;
  name: string;
  email: string | null;
  created_at: Date;
  active: number;
  counted: number;
}

/**
 * The next $4 owners of business $1 behind the time $2 and the id $3, or the one with the id $5, and how many of the newest tokens of each are active. Uses
 * the index of the owners by creation, and that of the tokens of an owner.
 */
function countOf(kind: CountedKind): Prepared {
  const isUser = kind === 'user';
  const [table, column] = isUser ? ['members', 'member_id'] : ['identities', 'identity_id'];
  const present = isUser ? 'removed_at IS NULL' : `status = 'active'`;
  return {
    name: `hygiene_count_of_${kind}`,
    text: `
SELECT o.id, o.name, ${isUser ? 'o.email' : 'NULL::text AS email'}, o.created_at, c.active, c.counted
FROM (SELECT * FROM ${table} WHERE business_id = $1 AND ${present} AND (created_at, id) > ($2, $3) AND id = coalesce($5::uuid, id)
    ORDER BY created_at, id LIMIT $4) o
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE t.revoked_at IS NULL AND t.replaced_by IS NULL
      AND coalesce(t.expires_at > now(), true) AND NOT ${isCutOff('t')})::int AS active
    FROM (SELECT * FROM tokens WHERE ${column} = o.id AND kind = 'api' ORDER BY created_at DESC, id DESC LIMIT ${TOKENS_COUNTED + 1}) t) c
ORDER BY o.created_at, o.id`,
  };
}

/** Uses the index of the tokens of a business, or of an owner, by creation, and then that of what each was asked for. */
function overScopedStatement(
  businessId: string,
  owner: OwnerFilter,
  days: number,
  parameter: Parameter,
): string {
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

/** How many tokens there are of some kind, and how many the members and identities of a business have. */
@Injectable()
export class HygieneCountsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The next owners of one kind, oldest first, whatever they have.
   * @param only that one alone; null: all
   */
  async nextOwners(
    businessId: string,
    { kind, createdAt, id }: OwnerPosition,
    limit: number,
    only: string | null,
  ): Promise<OwnerCount[]> {
    const rows = await queryPreparedOn<CountRow>(
      poolOf(this.dataSource),
      { ...countOf(kind), rowAccess: businessId },
      [businessId, createdAt, id, limit, only],
    );
    return rows.map((row) => ({
      owner: { kind, id: row.id, name: row.name, email: row.email },
      position: { kind, createdAt: row.created_at.toISOString(), id: row.id },
      activeTokens: row.active,
      hasOlder: row.counted > TOKENS_COUNTED,
    }));
  }

  /**
   * How many over-scoped ones there are of the active tokens among the newest TOKENS_COUNTED of a business, or of one owner.
   * @param days how long ago at least they were first asked for a scope
   */
  async overScoped(
    businessId: string,
    owner: OwnerFilter,
    days: number,
  ): Promise<{ count: number; hasOlder: boolean }> {
    const values: unknown[] = [];
    const text = overScopedStatement(businessId, owner, days, (value) => `$${values.push(value)}`);
    const [row] = await queryPreparedOn<{ count: number; looked: number }>(
      poolOf(this.dataSource),
      // Planned each time, by its values, as lists with a selector are.
      { name: '', text, rowAccess: businessId },
      values,
    );
    return { count: row?.count ?? 0, hasOlder: (row?.looked ?? 0) > TOKENS_COUNTED };
  }
}
