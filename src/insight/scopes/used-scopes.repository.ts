import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Prepared, queryPrepared } from '../../database/prepared.js';
import { ofOwner } from '../../token-rows/selection/selector.sql.js';
import type { OwnerFilter } from '../../token-rows/token-owner.js';

/** So many of the newest tokens are looked at, and so many scopes are told. */
export const LOOKED_AT_MAX = 2000;
const SCOPES_MAX = 500;

interface UsedScopesRow {
  /** In the order of their code points; one more than SCOPES_MAX when there are more. */
  scopes: string[];
  /** How many tokens were looked at; one more than LOOKED_AT_MAX when there are more. */
  read: number;
}

/**
 * The product's scopes on the newest tokens of a business and owner that are neither revoked nor expired. Costs the same
 * for thousands of tokens and for millions: reads backwards along tokens_created_at_idx, tokens_member_idx,
 * tokens_identity_idx or tokens_pkey. Tokens behind a cut-off count until they are marked.
 */
export function usedScopesOf(
  businessId: string,
  owner: OwnerFilter,
): { statement: Prepared; values: unknown[] } {
  const values: unknown[] = [businessId, LOOKED_AT_MAX + 1, SCOPES_MAX + 1];
  const conditions = [
    't.business_id = $1',
    ...ofOwner(owner, (value) => `$${values.push(value)}`),
    `t.kind = 'api'`,
  ];
  const name = `scopes_used_${owner === null ? 'all' : Object.keys(owner).join()}`;
  const text = `
WITH newest AS MATERIALIZED (
  SELECT t.scopes, t.revoked_at, t.expires_at FROM tokens t WHERE ${conditions.join(' AND ')}
  ORDER BY t.created_at DESC, t.id DESC LIMIT $2
)
SELECT (SELECT count(*)::int FROM newest) AS read, ARRAY(
  SELECT DISTINCT scope COLLATE "C" FROM newest n CROSS JOIN LATERAL unnest(n.scopes) AS scope
  WHERE n.revoked_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > now()) AND scope NOT LIKE 'rescind:%'
  ORDER BY 1 LIMIT $3) AS scopes`;
  return { statement: { name, text, rowAccess: businessId }, values };
}

/** Scopes of the product that tokens carry. */
export interface UsedScopes {
  scopes: string[];
  /** Whether there may be others: there are more tokens, or more scopes, than are looked at. */
  exceeded: boolean;
}

@Injectable()
export class UsedScopesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Those of the newest tokens of the business and owner. */
  async newest(businessId: string, owner: OwnerFilter): Promise<UsedScopes> {
    const { statement, values } = usedScopesOf(businessId, owner);
    const [row] = await queryPrepared<UsedScopesRow>(this.dataSource, statement, values);
    const { scopes, read } = row as UsedScopesRow;
    return {
      scopes: scopes.slice(0, SCOPES_MAX),
      exceeded: read > LOOKED_AT_MAX || scopes.length > SCOPES_MAX,
    };
  }
}
