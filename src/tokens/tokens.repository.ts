import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { CursorPosition, PageDirection } from '../common/page.js';
import type { OwnerFilter } from './token-owner.js';
import { SORT_KEYS, sortValueOf, type TokenSort } from './token-sort.js';
import { Token } from './token.entity.js';

/** Making entities of so many rows takes the event loop a few milliseconds. */
const PART_ROWS = 100;

export interface TokenPageQuery {
  sort: TokenSort;
  descending: boolean;
  direction: PageDirection;
  limit: number;
  includeRevoked: boolean;
  owner: OwnerFilter;
  after: CursorPosition | null;
}

/**
 * When a token expires: at a time, so many seconds after its creation to the millisecond (and not after `atMost`), or
 * (null) never.
 */
export type Expiry = Date | { inSeconds: number; atMost?: Date | null } | null;

export type NewToken = Omit<
  Token,
  | 'expiresAt'
  | 'business'
  | 'member'
  | 'identity'
  | 'createdAt'
  | 'updatedAt'
  | 'graceEndsAt'
  | 'replacedBy'
  | 'lastRenewedAt'
  | 'uses'
  | 'lastUsedAt'
  | 'revokedAt'
  | 'revokedBy'
  | 'revocationReason'
> & { expiresAt: Expiry };

/** Rows of tokens. The business is the first argument of every query; secrets and digests never come out. */
@Injectable()
export class TokensRepository {
  constructor(private readonly dataSource: DataSource) {}

  find(
    businessId: string | null,
    id: string,
    owner: OwnerFilter,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<Token | null> {
    return this.owned(businessId, owner, manager).andWhere('t.id = :id', { id }).getOne();
  }

  findByPublicId(businessId: string | null, jti: string): Promise<Token | null> {
    return this.owned(businessId, null, this.dataSource.manager).andWhere('t.jti = :jti', { jti }).getOne();
  }

  /**
   * One row more than the limit when there are more, in the reading direction: see cutPage. Read in parts, each from
   * the last row of the one before, as the pages themselves are.
   */
  async page(businessId: string | null, query: TokenPageQuery): Promise<Token[]> {
    const rows: Token[] = [];
    let part: Token[];
    let { after } = query;
    do {
      const limit = Math.min(PART_ROWS, query.limit + 1 - rows.length);
      part = await this.part(businessId, { ...query, after, limit });
      rows.push(...part);
      const last = part.at(-1);
      if (part.length < limit || last === undefined) break;
      after = { sort: query.sort, value: sortValueOf(last, query.sort), id: last.id };
    } while (rows.length <= query.limit);
    return rows;
  }

  private part(businessId: string | null, query: TokenPageQuery): Promise<Token[]> {
    const { expression, type } = SORT_KEYS[query.sort];
    const order = query.descending === (query.direction === 'next') ? 'DESC' : 'ASC';
    const rows = this.owned(businessId, query.owner, this.dataSource.manager)
      .addSelect(expression, 'sort_value')
      .orderBy('sort_value', order)
      .addOrderBy('t.id', order)
      .limit(query.limit);
    if (!query.includeRevoked) rows.andWhere('t.revoked_at IS NULL');
    if (query.after !== null) {
      const { value, id } = query.after;
      rows.andWhere(`(${expression}, t.id) ${order === 'DESC' ? '<' : '>'} (:value::${type}, :id)`, {
        value,
        id,
      });
    }
    return rows.getMany();
  }

  /** Revoked ones included. Sorts the rows of the owner. */
  lastChanged(
    businessId: string,
    owner: OwnerFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<Token[]> {
    return this.owned(businessId, owner, this.dataSource.manager)
      .orderBy('t.updated_at', 'DESC')
      .addOrderBy('t.id', 'DESC')
      .offset(offset)
      .limit(limit)
      .getMany();
  }

  /** The platform's own tokens, newest first: they are few. */
  listOfPlatform(): Promise<Token[]> {
    return this.page(null, {
      sort: 'created_at',
      descending: true,
      direction: 'next',
      limit: 999,
      includeRevoked: true,
      owner: null,
      after: null,
    });
  }

  count(businessId: string, includeRevoked: boolean, owner: OwnerFilter): Promise<number> {
    const rows = this.owned(businessId, owner, this.dataSource.manager);
    if (!includeRevoked) rows.andWhere('t.revoked_at IS NULL');
    return rows.getCount();
  }

  async insert(token: NewToken, manager: EntityManager): Promise<void> {
    const { expiresAt } = token;
    await manager.insert(Token, {
      ...token,
      expiresAt: expiresAt === null || expiresAt instanceof Date ? expiresAt : () => expressionOf(expiresAt),
    });
  }

  /** Tokens that still verify, of one owner: the owner's row must be locked for the count to mean anything. */
  countActive(businessId: string | null, owner: OwnerFilter, manager: EntityManager): Promise<number> {
    return this.owned(businessId, owner, manager)
      .andWhere(
        't.revoked_at IS NULL AND t.replaced_by IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())',
      )
      .getCount();
  }

  /** @returns 1, or 0 when there is no such token that may still be renamed */
  async rename(
    businessId: string | null,
    id: string,
    changes: Pick<Partial<Token>, 'name' | 'description'>,
    manager: EntityManager,
  ): Promise<number> {
    const result = await manager
      .createQueryBuilder()
      .update(Token)
      .set({ ...changes, updatedAt: () => 'now()' })
      .where('id = :id AND business_id IS NOT DISTINCT FROM :businessId', { id, businessId })
      .execute();
    return result.affected ?? 0;
  }

  /**
   * Lets `replacement` take over from a token that is good now. Of two rotations at once the second changes no
   * row. The grace is a deadline of its own and never outlasts the token's expiry.
   */
  async supersede(
    businessId: string | null,
    id: string,
    replacement: string,
    graceSeconds: number,
    manager: EntityManager,
  ): Promise<number> {
    const result = await manager
      .createQueryBuilder()
      .update(Token)
      .set({
        replacedBy: replacement,
        graceEndsAt: () => 'least(now() + make_interval(secs => :graceSeconds), expires_at)',
        updatedAt: () => 'now()',
      })
      .where('id = :id AND business_id IS NOT DISTINCT FROM :businessId', { id, businessId, graceSeconds })
      .andWhere('revoked_at IS NULL AND replaced_by IS NULL AND (expires_at IS NULL OR expires_at > now())')
      .execute();
    return result.affected ?? 0;
  }

  /** All reading starts here: one business (null: the platform's own tokens), and one owner where asked. */
  private owned(
    businessId: string | null,
    owner: OwnerFilter,
    manager: EntityManager,
  ): SelectQueryBuilder<Token> {
    const rows = manager
      .getRepository(Token)
      .createQueryBuilder('t')
      .leftJoinAndSelect('t.member', 'm')
      .leftJoinAndSelect('t.identity', 'i');
    if (businessId === null) rows.where('t.business_id IS NULL');
    else rows.where('t.business_id = :businessId', { businessId });
    if (owner === null) return rows;
    if ('memberId' in owner) return rows.andWhere('t.member_id = :memberId', owner);
    if ('identityId' in owner) return rows.andWhere('t.identity_id = :identityId', owner);
    if ('tokenId' in owner) return rows.andWhere('t.id = :tokenId', owner);
    return rows.andWhere(`t.owner_kind = 'platform'`);
  }
}

function expressionOf({ inSeconds, atMost }: { inSeconds: number; atMost?: Date | null }): string {
  const wanted = `now() + make_interval(secs => ${Math.trunc(inSeconds)})`;
  return atMost == null ? wanted : `least(${wanted}, '${atMost.toISOString()}'::timestamptz)`;
}
