import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../../database/row-access.js';
import { changed } from '../../../directory/rows.repository.js';
import { Token } from '../../../token-rows/token.entity.js';
import { TokensRepository } from '../../../tokens/tokens.repository.js';
import { commonRanges } from '../../../verification/trusted-ips.js';
import { IdentityTokenAuth } from './identity-token-auth.entity.js';

/** The settings that a client chooses. */
export type TokenAuthSettings = Pick<
  IdentityTokenAuth,
  'ttlSeconds' | 'maxTtlSeconds' | 'usesLimit' | 'trustedIps'
>;

interface HeldToken {
  id: string;
  /** null: not with a token that is bound itself. */
  issuedByToken: string | null;
  /** Those that the token it was issued with is bound to; null: to none. */
  addresses: string[] | null;
}

/** One row an identity at most, and the addresses that the tokens of the identity are bound to. Whoever writes holds the identity's exclusive lock; see IdentitiesRepository. */
@Injectable()
export class IdentityTokenAuthRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tokens: TokensRepository,
  ) {}

  find(businessId: string, identityId: string, manager?: EntityManager): Promise<IdentityTokenAuth | null> {
    return inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.findOneBy(IdentityTokenAuth, { businessId, identityId }),
    );
  }

  async insert(
    row: TokenAuthSettings & Pick<IdentityTokenAuth, 'id' | 'businessId' | 'identityId'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.insert(IdentityTokenAuth, row);
  }

  async update(
    businessId: string,
    identityId: string,
    settings: TokenAuthSettings,
    manager: EntityManager,
  ): Promise<void> {
    await changed(manager, IdentityTokenAuth, { businessId, identityId }, settings);
  }

  async remove(businessId: string, identityId: string, manager: EntityManager): Promise<void> {
    await manager.delete(IdentityTokenAuth, { businessId, identityId });
  }

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
