import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Batcher } from '../../common/batcher.js';
import { InVerifyLane } from '../../database/lanes.js';
import { LOOK_UP_MS_MAX, type Prepared, queryPrepared, withTimeout } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { changed, createdAtRows, type CreatedAtQuery } from '../rows.repository.js';
import { Business } from './business.entity.js';

interface Question {
  id: string;
  answer: (exists: boolean) => void;
  fail: (error: unknown) => void;
}

const PRESENT: Prepared = {
  name: 'business_exists',
  text: 'SELECT id FROM businesses WHERE id = ANY ($1::uuid[])',
};

/** Tells whether businesses exist; those that are asked about while a statement is under way share the next. */
class BusinessPresence {
  private readonly questions = new Batcher<Question>((asked) => this.ask(asked), { stalled: 1 });

  /** @param dataSource of the verify lane: a platform token is proven to be good for a business by this */
  constructor(private readonly dataSource: DataSource) {}

  /** Answers or fails within 2 s (R5). */
  exists(id: string): Promise<boolean> {
    const answer = new Promise<boolean>((resolve, reject) =>
      this.questions.submit({ id, answer: resolve, fail: reject }),
    );
    return withTimeout(LOOK_UP_MS_MAX, answer);
  }

  private async ask(asked: readonly Question[]): Promise<void> {
    try {
      const ids = [...new Set(asked.map(({ id }) => id))];
      const rows = await queryPrepared<{ id: string }>(this.dataSource, PRESENT, [ids]);
      const present = new Set(rows.map(({ id }) => id));
      for (const { id, answer } of asked) answer(present.has(id));
    } catch (error) {
      for (const { fail } of asked) fail(error);
    }
  }
}

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
    return inBusiness(manager ?? this.dataSource, id, (of) => of.findOneBy(Business, { id }));
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
    return changed(manager, Business, { id, ...expected }, changes);
  }

  /** One row more than the limit when there are more. @param query `name`: contained in it, in any case. Uses businesses_created_at_idx. */
  page({
    name,
    slug,
    ...query
  }: CreatedAtQuery & { name?: string | undefined; slug?: string | undefined }): Promise<Business[]> {
    return acrossBusinesses(this.dataSource, (manager) => {
      const rows = createdAtRows(manager, Business, query);
      if (name !== undefined) rows.andWhere('strpos(lower(r.name), lower(:name)) > 0', { name });
      if (slug !== undefined) rows.andWhere('r.slug = :slug', { slug });
      return rows.getMany();
    });
  }

  count(): Promise<number> {
    return acrossBusinesses(this.dataSource, (manager) => manager.count(Business));
  }
}
