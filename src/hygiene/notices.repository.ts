import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { poolOf, queryPreparedIn, queryPreparedOn } from '../database/prepared.js';
import { EVERY_BUSINESS } from '../database/row-access.js';
import {
  FORGET_NOTICES,
  HOLD_ENDED,
  NEXT_BUSINESSES,
  tellStatement,
  walkStatement,
  type BusinessRow,
  type Notice,
  type ToldRow,
  type Walk,
  type WalkedRow,
} from './notices.sql.js';

/** A statement looks at so many tokens: some ten milliseconds of the database. */
const TOKENS_LOOKED_AT = 2000;
const BUSINESSES_A_PAGE = 500;

/** Where a walk goes on. */
interface WalkPosition {
  /** As PostgreSQL reads a time. */
  position: string;
  id: string;
}

export const START: WalkPosition = { position: '-infinity', id: NIL_UUID };

/** What is due of which tokens, and what has been told of them. */
@Injectable()
export class NoticesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The businesses behind one, a page of them. */
  nextBusinesses(after: string): Promise<BusinessRow[]> {
    const statement = { ...NEXT_BUSINESSES, rowAccess: EVERY_BUSINESS };
    return queryPreparedOn(poolOf(this.dataSource), statement, [after, BUSINESSES_A_PAGE]);
  }

  /** Some tokens further on a walk. @returns those of which something is due, and where it goes on; null: it has come to its end */
  async walk(
    businessId: string,
    walk: Walk,
    { position, id }: WalkPosition,
  ): Promise<{ due: string[]; next: WalkPosition | null }> {
    const statement = { ...walkStatement(walk), rowAccess: businessId };
    const values = [businessId, TOKENS_LOOKED_AT, position, id];
    const rows = await queryPreparedOn<WalkedRow>(poolOf(this.dataSource), statement, values);
    const last = rows.at(-1);
    return {
      due: rows.filter(({ due }) => due).map((row) => row.id),
      next: last === undefined || last.looked_at < TOKENS_LOOKED_AT ? null : positionOf(last),
    };
  }

  /** Notes that it is told of those of the tokens of which it is due. @returns those */
  tell(
    businessId: string,
    notice: Notice,
    tokenIds: readonly string[],
    manager: EntityManager,
  ): Promise<ToldRow[]> {
    return queryPreparedIn(manager, tellStatement(notice), [businessId, tokenIds]);
  }

  /** Those of the tokens that the policy of the business ends now, held, and after how many days without a use. */
  holdEnded(
    businessId: string,
    tokenIds: readonly string[],
    manager: EntityManager,
  ): Promise<{ id: string; days: number }[]> {
    return queryPreparedIn(manager, HOLD_ENDED, [businessId, tokenIds]);
  }

  /** Forgets what was told of tokens that are good no more. */
  async forget(businessId: string): Promise<void> {
    const statement = { ...FORGET_NOTICES, rowAccess: businessId };
    await queryPreparedOn(poolOf(this.dataSource), statement, [businessId]);
  }
}

function positionOf({ position, id }: WalkedRow): WalkPosition {
  return { position: position instanceof Date ? position.toISOString() : START.position, id };
}
