import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { Member } from './member.entity.js';

export interface CreatedAtPageQuery {
  limit: number;
  ascending: boolean;
  after: { createdAt: string; id: string } | null;
  /** Of this e-mail alone. */
  email?: string | undefined;
}

/** Shared: the owner stays until the transaction ends. Exclusive: and nobody else holds either lock on it. */
export type OwnerLock = 'shared' | 'exclusive';

/** The exclusive one is no obstacle to a foreign key check, which every new token of the owner makes. */
export const LOCK_MODES = { shared: 'pessimistic_read', exclusive: 'for_no_key_update' } as const;

/** Present members of a business; removed ones are seen by nobody but the log's readers. */
@Injectable()
export class MembersRepository {
  constructor(private readonly dataSource: DataSource) {}

  find(businessId: string, id: string, manager?: EntityManager): Promise<Member | null> {
    const read = (of: EntityManager): Promise<Member | null> =>
      of.findOneBy(Member, { id, businessId, removedAt: IsNull() });
    return manager === undefined ? inBusiness(this.dataSource, businessId, read) : read(manager);
  }

  findByEmail(businessId: string, email: string, manager?: EntityManager): Promise<Member | null> {
    const find = (session: EntityManager): Promise<Member | null> =>
      session.findOneBy(Member, { businessId, email, removedAt: IsNull() });
    return manager === undefined ? inBusiness(this.dataSource, businessId, find) : find(manager);
  }

  /** Ids under which an e-mail was ever a member of a business (null: of any), removed ones included: the log knows them. */
  async idsEverOf(businessId: string | null, email: string): Promise<string[]> {
    const read = (manager: EntityManager): Promise<Member[]> =>
      manager.find(Member, {
        select: { id: true },
        where: businessId === null ? { email } : { businessId, email },
        take: 1000,
      });
    const members =
      businessId === null
        ? await acrossBusinesses(this.dataSource, read)
        : await inBusiness(this.dataSource, businessId, read);
    return members.map(({ id }) => id);
  }

  /** Keeps a present member from being removed until the transaction ends. */
  lockPresent(
    businessId: string,
    by: { id: string } | { email: string },
    lock: OwnerLock,
    manager: EntityManager,
  ): Promise<Member | null> {
    return manager.findOne(Member, {
      where: { businessId, ...by, removedAt: IsNull() },
      lock: { mode: LOCK_MODES[lock] },
    });
  }

  /** Locks the owners of a business, so that two removals at once cannot take the last one. */
  async lockOwners(businessId: string, manager: EntityManager): Promise<Member[]> {
    return manager.find(Member, {
      where: { businessId, role: 'owner', removedAt: IsNull() },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async insert(
    member: Pick<Member, 'id' | 'businessId' | 'email' | 'name' | 'role'>,
    manager: EntityManager,
  ): Promise<Member> {
    await manager.insert(Member, member);
    return manager.findOneByOrFail(Member, { id: member.id, businessId: member.businessId });
  }

  /** @returns 1, or 0 when there is no such present member */
  async update(
    businessId: string,
    id: string,
    changes: Pick<Partial<Member>, 'name' | 'role'>,
    manager: EntityManager,
  ): Promise<number> {
    const result = await manager.update(
      Member,
      { id, businessId, removedAt: IsNull() },
      { ...changes, updatedAt: () => 'now()' },
    );
    return result.affected ?? 0;
  }

  /** @returns 1, or 0 when somebody else was faster */
  async remove(businessId: string, id: string, manager: EntityManager): Promise<number> {
    const result = await manager.update(
      Member,
      { id, businessId, removedAt: IsNull() },
      { removedAt: () => 'now()', updatedAt: () => 'now()' },
    );
    return result.affected ?? 0;
  }

  /**
   * One row more than the limit when there are more. Uses members_created_at_idx, members_email_key and members_person_idx.
   * @param businessId null: of whatever business
   */
  page(businessId: string | null, { limit, ascending, after, email }: CreatedAtPageQuery): Promise<Member[]> {
    const order = ascending ? 'ASC' : 'DESC';
    const read = (manager: EntityManager): Promise<Member[]> => {
      const rows = manager
        .createQueryBuilder(Member, 'm')
        .where('m.removed_at IS NULL')
        .orderBy('m.created_at', order)
        .addOrderBy('m.id', order)
        .limit(limit + 1);
      if (after !== null)
        rows.andWhere(`(m.created_at, m.id) ${ascending ? '>' : '<'} (:createdAt, :id)`, after);
      if (businessId !== null) rows.andWhere('m.business_id = :businessId', { businessId });
      if (email !== undefined) rows.andWhere('m.email = :email', { email });
      return rows.getMany();
    };
    return businessId === null
      ? acrossBusinesses(this.dataSource, read)
      : inBusiness(this.dataSource, businessId, read);
  }
}
