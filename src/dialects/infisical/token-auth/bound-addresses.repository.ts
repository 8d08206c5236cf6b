import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { commonRanges } from '../../../verification/trusted-ips.js';
import { Token } from '../../../token-rows/token.entity.js';
import { TokensRepository } from '../../../tokens/tokens.repository.js';

interface HeldToken {
  id: string;
  /** null: not with a token that is bound itself. */
  issuedByToken: string | null;
  /** Those that the token it was issued with is bound to; null: to none. */
  addresses: string[] | null;
}

/** The addresses that tokens of Token Auth are bound to. The business is the first argument of every query. */
@Injectable()
export class BoundAddresses {
  constructor(private readonly tokens: TokensRepository) {}

  /**
   * Binds the tokens that an identity got by Token Auth to these addresses (null: to none). No token gets more
   * addresses than the token that it was issued with. Uses tokens_identity_idx.
   */
  async bind(
    businessId: string,
    identityId: string,
    trustedIps: string[] | null,
    manager: EntityManager,
  ): Promise<void> {
    const bound = new Map<string, string[] | null>();
    for (const { id, issuedByToken, addresses } of await this.held(businessId, identityId, manager)) {
      const ofIssuer = bound.get(issuedByToken ?? '') ?? addresses;
      bound.set(id, ofIssuer === null ? trustedIps : commonRanges(trustedIps, ofIssuer));
    }
    await this.tokens.bindToAddresses(businessId, bound, manager);
  }

  /** Oldest first: each after the one that it was issued with. */
  private async held(businessId: string, identityId: string, manager: EntityManager): Promise<HeldToken[]> {
    const ofIdentity = manager
      .createQueryBuilder(Token, 't')
      .select('t.id', 'id')
      .where('t.business_id = :businessId AND t.identity_id = :identityId', { businessId, identityId })
      .andWhere(`t.dialect = 'infisical' AND t.revoked_at IS NULL`);
    // In the order of ids, as in every place that locks several.
    await ofIdentity.clone().orderBy('t.id').setLock('for_no_key_update').getRawMany();
    return ofIdentity
      .leftJoin(Token, 'p', 'p.id = t.issued_by_token AND p.trusted_ips IS NOT NULL')
      .addSelect('p.id', 'issuedByToken')
      .addSelect('p.trusted_ips', 'addresses')
      .orderBy('t.created_at')
      .addOrderBy('t.id')
      .getRawMany<HeldToken>();
  }
}
