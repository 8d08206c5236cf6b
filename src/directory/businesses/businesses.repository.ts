import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { InVerifyLane } from '../../database/lanes.js';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { Business } from './business.entity.js';
import { BusinessPresence } from './business-presence.repository.js';

@Injectable()
export class BusinessesRepository {
  private readonly presence: BusinessPresence;

  constructor(
    private readonly dataSource: DataSource,
    @InVerifyLane() verifyLane: DataSource,
  ) {
    this.presence = new BusinessPresence(verifyLane);
  }

  /** @param id a UUID in lower case */
  exists(id: string): Promise<boolean> {
    return this.presence.exists(id);
  }

  /** Inside a transaction, give its manager: waiting for a second connection while holding one can starve the pool. */
  find(id: string, manager?: EntityManager): Promise<Business | null> {
    const read = (of: EntityManager): Promise<Business | null> => of.findOneBy(Business, { id });
    return manager === undefined ? inBusiness(this.dataSource, id, read) : read(manager);
  }

  async insert(
    business: Pick<Business, 'id' | 'name' | 'slug' | 'tokenPrefix'>,
    manager: EntityManager,
  ): Promise<Business> {
    await manager.insert(Business, business);
    return manager.findOneByOrFail(Business, { id: business.id });
  }

  /** @returns how many rows changed: 0 or 1. `expected` guards against having lost a race. */
  async update(
    id: string,
    changes: Partial<Business>,
    expected: Partial<Pick<Business, 'status'>>,
    manager: EntityManager,
  ): Promise<number> {
    const result = await manager.update(
      Business,
      { id, ...expected },
      { ...changes, updatedAt: () => 'now()' },
    );
    return result.affected ?? 0;
  }

  /** Newest first or last, from after `cursor` on; one row more than `limit` when there are more. Uses businesses_created_at_idx. */
  page(query: {
    limit: number;
    ascending: boolean;
    after: { createdAt: string; id: string } | null;
    /** Contained in the name, in any case. */
    name?: string | undefined;
    slug?: string | undefined;
  }): Promise<Business[]> {
    const order = query.ascending ? 'ASC' : 'DESC';
    return acrossBusinesses(this.dataSource, (manager) => {
      const rows = manager
        .createQueryBuilder(Business, 'b')
        .orderBy('b.created_at', order)
        .addOrderBy('b.id', order)
        .take(query.limit + 1);
      const { name, slug } = query;
      if (name !== undefined) rows.andWhere('strpos(lower(b.name), lower(:name)) > 0', { name });
      if (slug !== undefined) rows.andWhere('b.slug = :slug', { slug });
      if (query.after !== null) {
        rows.andWhere(`(b.created_at, b.id) ${query.ascending ? '>' : '<'} (:createdAt, :id)`, query.after);
      }
      return rows.getMany();
    });
  }

  count(): Promise<number> {
    return acrossBusinesses(this.dataSource, (manager) => manager.count(Business));
  }
}
