import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { InVerifyLane } from '../database/lanes.js';
import { Business } from './business.entity.js';
import { BusinessPresence } from './business-presence.js';

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
  find(id: string, manager: EntityManager = this.dataSource.manager): Promise<Business | null> {
    return manager.findOneBy(Business, { id });
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
  }): Promise<Business[]> {
    const order = query.ascending ? 'ASC' : 'DESC';
    const rows = this.dataSource
      .getRepository(Business)
      .createQueryBuilder('b')
      .orderBy('b.created_at', order)
      .addOrderBy('b.id', order)
      .take(query.limit + 1);
    if (query.after !== null) {
      rows.where(`(b.created_at, b.id) ${query.ascending ? '>' : '<'} (:createdAt, :id)`, query.after);
    }
    return rows.getMany();
  }

  count(): Promise<number> {
    return this.dataSource.getRepository(Business).count();
  }
}
