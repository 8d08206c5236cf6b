import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';
import { LOCK_MODES, type OwnerLock, type CreatedAtPageQuery } from '../members/members.repository.js';
import { Identity, type IdentityStatus } from './identity.entity.js';

@Injectable()
export class IdentitiesRepository {
  constructor(private readonly dataSource: DataSource) {}

  find(businessId: string, id: string, manager?: EntityManager): Promise<Identity | null> {
    const read = (of: EntityManager): Promise<Identity | null> => of.findOneBy(Identity, { id, businessId });
    return manager === undefined ? inBusiness(this.dataSource, businessId, read) : read(manager);
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
    const result = await manager.update(
      Identity,
      { id, businessId },
      { ...changes, updatedAt: () => 'now()' },
    );
    return result.affected ?? 0;
  }

  /** @returns 1, or 0 when it had that status already or does not exist */
  async setStatus(
    businessId: string,
    id: string,
    from: IdentityStatus,
    to: IdentityStatus,
    manager: EntityManager,
  ): Promise<number> {
    const result = await manager.update(
      Identity,
      { id, businessId, status: from },
      { status: to, updatedAt: () => 'now()' },
    );
    return result.affected ?? 0;
  }

  /** One row more than the limit when there are more. Uses identities_created_at_idx. */
  page(businessId: string, { limit, ascending, after }: CreatedAtPageQuery): Promise<Identity[]> {
    const order = ascending ? 'ASC' : 'DESC';
    return inBusiness(this.dataSource, businessId, (manager) => {
      const rows = manager
        .createQueryBuilder(Identity, 'i')
        .where('i.business_id = :businessId', { businessId })
        .orderBy('i.created_at', order)
        .addOrderBy('i.id', order)
        .limit(limit + 1);
      if (after !== null)
        rows.andWhere(`(i.created_at, i.id) ${ascending ? '>' : '<'} (:createdAt, :id)`, after);
      return rows.getMany();
    });
  }
}
