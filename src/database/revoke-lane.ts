import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { Turns } from '../admission/turns.js';
import { InRevokeLane } from './lanes.js';
import { inBusiness } from './row-access.js';

/**
 * The sessions for changes that take away rights. Three of the seven are for the transactions that revocations
 * share, which wait for nobody; turns divide the others.
 */
@Injectable()
export class RevokeLane {
  constructor(
    @InRevokeLane() readonly dataSource: DataSource,
    private readonly turns: Turns,
  ) {}

  /** A read at the beginning of a revocation; never waits for a lock. @throws as Turns */
  look<Result>(
    businessId: string | null,
    work: (manager: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    return this.turns.run('end-looks', businessId, () => inBusiness(this.dataSource, businessId, work));
  }

  /**
   * Work that may wait for the log of one business: the end of an owner, or a locked log. Whoever calls often, with one token or
   * several, waits behind themselves, and nobody of their business behind them.
   * @param by whose token it is asked for with, and which; null: nobody's
   * @throws as Turns
   */
  change<Result>(
    businessId: string | null,
    by: { id: string | null; token_id: string | null } | null,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const inTurn = (): Promise<Result> => this.turns.run('ends', businessId, work);
    if (by?.token_id == null) return inTurn();
    // Of each business apart: a token of the platform that waits for the log of one waits for no other's.
    const { id, token_id: token } = by;
    const ofPerson = (): Promise<Result> =>
      this.turns.run('person-ends', `${businessId} ${id ?? token}`, inTurn);
    return this.turns.run('token-ends', `${businessId} ${token}`, ofPerson);
  }
}
