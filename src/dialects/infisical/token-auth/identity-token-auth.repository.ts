import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../../database/row-access.js';
import { IdentityTokenAuth } from './identity-token-auth.entity.js';

/** The settings that a client chooses. */
export type TokenAuthSettings = Pick<
  IdentityTokenAuth,
  'ttlSeconds' | 'maxTtlSeconds' | 'usesLimit' | 'trustedIps'
>;

/** One row an identity at most. Whoever writes holds the identity's exclusive lock; see IdentitiesRepository. */
@Injectable()
export class IdentityTokenAuthRepository {
  constructor(private readonly dataSource: DataSource) {}

  find(businessId: string, identityId: string, manager?: EntityManager): Promise<IdentityTokenAuth | null> {
    const read = (of: EntityManager): Promise<IdentityTokenAuth | null> =>
      of.findOneBy(IdentityTokenAuth, { businessId, identityId });
    return manager === undefined ? inBusiness(this.dataSource, businessId, read) : read(manager);
  }

  async insert(
    row: TokenAuthSettings & Pick<IdentityTokenAuth, 'id' | 'businessId' | 'identityId'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.insert(IdentityTokenAuth, row);
  }

  /** @returns 1, or 0 when there is none */
  async update(
    businessId: string,
    identityId: string,
    settings: TokenAuthSettings,
    manager: EntityManager,
  ): Promise<number> {
    const result = await manager.update(
      IdentityTokenAuth,
      { businessId, identityId },
      { ...settings, updatedAt: () => 'now()' },
    );
    return result.affected ?? 0;
  }

  /** @returns 1, or 0 when there is none */
  async remove(businessId: string, identityId: string, manager: EntityManager): Promise<number> {
    return (await manager.delete(IdentityTokenAuth, { businessId, identityId })).affected ?? 0;
  }
}
