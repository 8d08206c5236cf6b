import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared } from '../../database/prepared.js';
import type { OwnerFilter } from '../token-owner.js';
import { LOOKED_AT_MAX, SCOPES_MAX, usedScopesOf, type UsedScopesRow } from './used-scopes.sql.js';

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
