import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { MemberAccount } from './member-account.entity.js';

/** How a provider knows a person, for life (OpenID Connect Core 1.0 §5.7). */
interface AccountName {
  issuer: string;
  subject: string;
}

/** What members sign in with. */
@Injectable()
export class MemberAccountsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The memberships of a person, whatever their business, the first linked first: nobody knows yet where they belong.
   * Those of removed members as well. Uses member_accounts_key.
   */
  everywhere({ issuer, subject }: AccountName): Promise<MemberAccount[]> {
    return acrossBusinesses(this.dataSource, (manager) =>
      manager.find(MemberAccount, {
        where: { issuer, subject },
        order: { linkedAt: 'ASC', id: 'ASC' },
        relations: { member: true },
      }),
    );
  }

  find(
    businessId: string,
    { issuer, subject }: AccountName,
    manager: EntityManager,
  ): Promise<MemberAccount | null> {
    return manager.findOne(MemberAccount, {
      where: { businessId, issuer, subject },
      relations: { member: true },
    });
  }

  /** Uses member_accounts_member_idx. */
  ofMember(businessId: string, memberId: string, manager?: EntityManager): Promise<MemberAccount[]> {
    const read = (of: EntityManager): Promise<MemberAccount[]> =>
      of.find(MemberAccount, { where: { businessId, memberId }, order: { linkedAt: 'ASC', id: 'ASC' } });
    return manager === undefined ? inBusiness(this.dataSource, businessId, read) : read(manager);
  }

  async insert(
    account: Pick<MemberAccount, 'id' | 'businessId' | 'memberId' | 'issuer' | 'subject'>,
    manager: EntityManager,
  ): Promise<MemberAccount> {
    await manager.insert(MemberAccount, account);
    return manager.findOneByOrFail(MemberAccount, { id: account.id, businessId: account.businessId });
  }

  /** @returns 1, or 0 when there is no such account */
  async remove(businessId: string, memberId: string, id: string, manager: EntityManager): Promise<number> {
    const { affected } = await manager.delete(MemberAccount, { id, businessId, memberId });
    return affected ?? 0;
  }
}
