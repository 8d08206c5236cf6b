import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';
import { changed, createdAtRows, type CreatedAtQuery } from '../rows.repository.js';
import { LOCK_MODES, type OwnerLock } from '../members/members.repository.js';
import { Identity, type IdentityStatus } from './identity.entity.js';

@Injectable()
export class IdentitiesRepository {
  constructor(private readonly dataSource: DataSource) {}

  find(businessId: string, id: string, manager?: EntityManager): Promise<Identity | null> {
    return inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.findOneBy(Identity, { id, businessId }),
    );
  }

  /** Keeps an identity from being disabled until the transaction ends. */
  lock(businessId: string, id: string, lock: OwnerLock, manager: EntityManager): Promise<Identity | null> {
    return manager.findOne(Identity, { where: { id, businessId }, lock: { mode: LOCK_MODES[lock] } });
  }

  async insert(
    identity: Pick<Identity, 'id' | 'businessId' | 'name' | 'description' | 'role'>,
    manager: EntityManager,
  ): Promise<Identity> {
    await manager.insert(Identity, identity);
    return manager.findOneByOrFail(Identity, { id: identity.id, businessId: identity.businessId });
  }

  /** @returns 1, or 0 when there is no such identity */
  async update(
    businessId: string,
    id: string,
    changes: Pick<Partial<Identity>, 'name' | 'description' | 'role'>,
    manager: EntityManager,
  ): Promise<number> {
    return changed(manager, Identity, { id, businessId }, changes);
  }

  /** @returns 1, or 0 when it had that status already or does not exist */
  async setStatus(
    businessId: string,
    id: string,
    from: IdentityStatus,
    to: IdentityStatus,
    manager: EntityManager,
  ): Promise<number> {
    return changed(manager, Identity, { id, businessId, status: from }, { status: to });
  }

  /** One row more than the limit when there are more. Uses identities_created_at_idx. */
  page(businessId: string, query: CreatedAtQuery): Promise<Identity[]> {
    return inBusiness(this.dataSource, businessId, (manager) =>
      createdAtRows(manager, Identity, query)
        .andWhere('r.business_id = :businessId', { businessId })
        .getMany(),
    );
  }
}
