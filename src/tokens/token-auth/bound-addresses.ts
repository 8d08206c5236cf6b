import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { commonRanges } from '../../verification/common-ranges.js';
import { Token } from '../token.entity.js';

interface IssuedByBound {
  id: string;
  issuedByToken: string;
  /** Those that the token it was issued with is bound to. */
  addresses: string[];
}

/** The addresses that tokens of Token Auth are bound to. The business is the first argument of every query. */
@Injectable()
export class BoundAddresses {
  /**
   * Binds the tokens that an identity got by Token Auth to these addresses (null: to none), none of them to more than
   * the token that it was issued with. Uses tokens_identity_idx.
   */
  async bind(
    businessId: string,
    identityId: string,
    trustedIps: string[] | null,
    manager: EntityManager,
  ): Promise<void> {
    await manager
      .createQueryBuilder()
      .update(Token)
      .set({ trustedIps })
      .where('business_id = :businessId AND identity_id = :identityId', { businessId, identityId })
      .andWhere(`dialect = 'infisical' AND revoked_at IS NULL`)
      .execute();
    const bound = new Map<string, string[] | null>();
    for (const token of await this.issuedByBound(businessId, identityId, manager)) {
      const common = commonRanges(trustedIps, bound.get(token.issuedByToken) ?? token.addresses);
      bound.set(token.id, common);
      await manager.update(Token, { businessId, id: token.id }, { trustedIps: common });
    }
  }

  /** Those that come from a token which is bound itself, oldest first: each after the one that it was issued with. */
  private issuedByBound(
    businessId: string,
    identityId: string,
    manager: EntityManager,
  ): Promise<IssuedByBound[]> {
    return manager
      .createQueryBuilder(Token, 't')
      .innerJoin(Token, 'p', 'p.id = t.issued_by_token AND p.trusted_ips IS NOT NULL')
      .select('t.id', 'id')
      .addSelect('t.issued_by_token', 'issuedByToken')
      .addSelect('p.trusted_ips', 'addresses')
      .where('t.business_id = :businessId AND t.identity_id = :identityId', { businessId, identityId })
      .andWhere(`t.dialect = 'infisical' AND t.revoked_at IS NULL`)
      .orderBy('t.created_at')
      .addOrderBy('t.id')
      .getRawMany<IssuedByBound>();
  }
}
