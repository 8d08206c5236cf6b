import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, Not, type EntityManager } from 'typeorm';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { changed, createdAtRows, type CreatedAtQuery } from '../rows.repository.js';
import { Member } from './member.entity.js';
import type { RoleSources } from './role.js';

/** Shared: the owner stays until the transaction ends. Exclusive: and nobody else holds either lock on it. */
export type OwnerLock = 'shared' | 'exclusive';

/** The exclusive one is no obstacle to a foreign key check, which every new token of the owner makes. */
export const LOCK_MODES = { shared: 'pessimistic_read', exclusive: 'for_no_key_update' } as const;

/** Uses members_email_key and members_deactivated_key for an e-mail address. */
const PROVIDED = '(m.removed_at IS NULL OR m.deactivated_at IS NOT NULL)';

/** Present members of a business; removed ones are seen by nobody but the log's readers. */
@Injectable()
export class MembersRepository {
  constructor(private readonly dataSource: DataSource) {}

  find(businessId: string, id: string, manager?: EntityManager): Promise<Member | null> {
    return inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.findOneBy(Member, { id, businessId, removedAt: IsNull() }),
    );
  }

  findByEmail(businessId: string, email: string, manager?: EntityManager): Promise<Member | null> {
    return inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.findOneBy(Member, { businessId, email, removedAt: IsNull() }),
    );
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

  /** Whoever a directory deactivated under the same e-mail address stays removed: it is another membership now. */
  async insert(
    member: Pick<Member, 'id' | 'businessId' | 'email' | 'name' | 'role' | 'addedByToken'> &
      Partial<Pick<Member, 'mappedRole'>>,
    manager: EntityManager,
  ): Promise<Member> {
    const { businessId, email } = member;
    await manager.update(
      Member,
      { businessId, email, deactivatedAt: Not(IsNull()) },
      { deactivatedAt: null },
    );
    await manager.insert(Member, member);
    return manager.findOneByOrFail(Member, { id: member.id, businessId: member.businessId });
  }

  /** @returns 1, or 0 when there is no such present member */
  async update(
    businessId: string,
    id: string,
    changes: Pick<Partial<Member>, 'name' | keyof RoleSources>,
    manager: EntityManager,
  ): Promise<number> {
    return changed(manager, Member, { id, businessId, removedAt: IsNull() }, changes);
  }

  /** A member that is present, or that a directory has deactivated and may activate again. */
  findProvided(businessId: string, id: string, manager: EntityManager): Promise<Member | null> {
    return manager
      .createQueryBuilder(Member, 'm')
      .where('m.id = :id AND m.business_id = :businessId', { id, businessId })
      .andWhere(PROVIDED)
      .getOne();
  }

  /** @returns whether the e-mail address is that of another provided member */
  async isTaken(
    businessId: string,
    email: string,
    otherThan: string | null,
    manager: EntityManager,
  ): Promise<boolean> {
    return manager
      .createQueryBuilder(Member, 'm')
      .where('m.business_id = :businessId AND m.email = :email', { businessId, email })
      .andWhere(PROVIDED)
      .andWhere(otherThan === null ? 'true' : 'm.id <> :otherThan', { otherThan })
      .getExists();
  }

  /** What a directory says of a provided member. @returns 1, or 0 when there is no such one */
  async updateProvided(
    businessId: string,
    id: string,
    changes: Pick<Member, 'name' | 'email'>,
    manager: EntityManager,
  ): Promise<number> {
    const result = await manager
      .createQueryBuilder()
      .update(Member)
      .set({ ...changes, readdressed: () => 'readdressed OR email <> :email', updatedAt: () => 'now()' })
      .where('id = :id AND business_id = :businessId', { id, businessId, email: changes.email })
      .andWhere('(removed_at IS NULL OR deactivated_at IS NOT NULL)')
      .execute();
    return result.affected ?? 0;
  }

  /** As `remove`, and the directory may bring it back. */
  async deactivate(businessId: string, id: string, manager: EntityManager): Promise<number> {
    const now = { removedAt: () => 'now()', deactivatedAt: () => 'now()' };
    return changed(manager, Member, { id, businessId, removedAt: IsNull() }, now);
  }

  /** A trigger refuses it while the member has a token that is not revoked. @returns 1, or 0 for any but a deactivated one */
  async activate(
    businessId: string,
    id: string,
    addedByToken: string,
    manager: EntityManager,
  ): Promise<number> {
    const present = { removedAt: null, deactivatedAt: null, addedByToken };
    return changed(manager, Member, { id, businessId, deactivatedAt: Not(IsNull()) }, present);
  }

  /** Leaves a deactivated member removed for good. */
  async forget(businessId: string, id: string, manager: EntityManager): Promise<void> {
    await manager.update(Member, { id, businessId }, { deactivatedAt: null, updatedAt: () => 'now()' });
  }

  /** @returns 1, or 0 when somebody else was faster */
  async remove(businessId: string, id: string, manager: EntityManager): Promise<number> {
    return changed(manager, Member, { id, businessId, removedAt: IsNull() }, { removedAt: () => 'now()' });
  }

  /**
   * One row more than the limit when there are more. Uses members_created_at_idx, members_email_key and members_person_idx.
   * @param businessId null: of whatever business
   */
  page(
    businessId: string | null,
    { email, ...query }: CreatedAtQuery & { email?: string | undefined },
  ): Promise<Member[]> {
    const read = (manager: EntityManager): Promise<Member[]> => {
      const rows = createdAtRows(manager, Member, query).andWhere('r.removed_at IS NULL');
      if (businessId !== null) rows.andWhere('r.business_id = :businessId', { businessId });
      if (email !== undefined) rows.andWhere('r.email = :email', { email });
      return rows.getMany();
    };
    return businessId === null
      ? acrossBusinesses(this.dataSource, read)
      : inBusiness(this.dataSource, businessId, read);
  }
}
