import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { queryPreparedIn } from '../../database/prepared.js';
import { MemberAccount } from './member.entity.js';

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
    return inBusiness(manager ?? this.dataSource, businessId, (of) =>
      of.find(MemberAccount, { where: { businessId, memberId }, order: { linkedAt: 'ASC', id: 'ASC' } }),
    );
  }

  async insert(
    account: Pick<MemberAccount, 'id' | 'businessId' | 'memberId' | 'issuer' | 'subject'> &
      Partial<Pick<MemberAccount, 'confirmed' | 'linkedByToken'>>,
    manager: EntityManager,
  ): Promise<MemberAccount> {
    await manager.insert(MemberAccount, account);
    return manager.findOneByOrFail(MemberAccount, { id: account.id, businessId: account.businessId });
  }

  /** @returns whether there is such an account, of a member who has had this e-mail address from the beginning */
  async confirm(businessId: string, id: string, email: string, manager: EntityManager): Promise<boolean> {
    const confirmed = await queryPreparedIn(
      manager,
      {
        name: 'confirm_account',
        text: `
UPDATE member_accounts a SET confirmed = true FROM members m
WHERE a.id = $2 AND a.business_id = $1 AND m.id = a.member_id AND m.business_id = $1
  AND m.email = $3 AND NOT m.readdressed AND m.removed_at IS NULL RETURNING a.id`,
      },
      [businessId, id, email],
    );
    return confirmed.length > 0;
  }

  /** Whether a token is the member's own word: neither it nor what it was issued or rotated with is somebody else's of the business. */
  async isOwnWord(
    businessId: string,
    { memberId, tokenId }: { memberId: string; tokenId: string },
    manager: EntityManager,
  ): Promise<boolean> {
    const others = await queryPreparedIn(
      manager,
      {
        name: 'links_of_others',
        text: `
WITH RECURSIVE line AS (
  SELECT id, business_id, issued_by_token, member_id FROM tokens WHERE id = $2
  UNION
  SELECT t.* FROM line l CROSS JOIN LATERAL (
    SELECT id, business_id, issued_by_token, member_id FROM tokens WHERE id = l.issued_by_token OFFSET 0) t
)
SELECT FROM line WHERE business_id = $1 AND member_id IS DISTINCT FROM $3::uuid LIMIT 1`,
      },
      [businessId, tokenId, memberId],
    );
    return others.length === 0;
  }

  /** @returns 1, or 0 when there is no such account */
  async remove(businessId: string, memberId: string, id: string, manager: EntityManager): Promise<number> {
    const { affected } = await manager.delete(MemberAccount, { id, businessId, memberId });
    return affected ?? 0;
  }
}
