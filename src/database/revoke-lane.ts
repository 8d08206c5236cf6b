import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { DataSource, EntityManager } from 'typeorm';
import { FairQueue } from '../common/fair-queue.js';
import { databaseConfig } from '../config/database.config.js';
import { InRevokeLane } from './lanes.js';
import { inBusiness } from './row-access.js';

/** The platform in the queues, beside the businesses. */
const PLATFORM = 'platform';

/**
 * The sessions for changes that take away rights. Three of the seven are for the transactions that revocations
 * share, which wait for nobody; these queues divide the others.
 */
@Injectable()
export class RevokeLane {
  private readonly reads: FairQueue;
  private readonly changes: FairQueue;
  /** Whoever calls often, with one token or several, waits behind themselves, and nobody of their business behind them. */
  private readonly ofPerson: FairQueue;
  private readonly ofToken: FairQueue;

  constructor(
    @InRevokeLane() readonly dataSource: DataSource,
    @Inject(databaseConfig.KEY) { lockTimeoutMs }: ConfigType<typeof databaseConfig>,
  ) {
    const waitMsMax = lockTimeoutMs + 2000;
    this.reads = new FairQueue({ atOnce: 1, atOncePerKey: 1, waitMsMax });
    this.changes = new FairQueue({ atOnce: 3, atOncePerKey: 1, waitMsMax });
    this.ofPerson = new FairQueue({ atOnce: Infinity, atOncePerKey: 1, waitMsMax });
    this.ofToken = new FairQueue({ atOnce: Infinity, atOncePerKey: 1, waitMsMax });
  }

  /** A read at the beginning of a revocation; never waits for a lock. @throws as FairQueue */
  look<Result>(
    businessId: string | null,
    work: (manager: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    return this.reads.run(businessId ?? PLATFORM, () => inBusiness(this.dataSource, businessId, work));
  }

  /**
   * Work that may wait for the log of one business: the end of an owner, or a locked log.
   * @param by whose token it is asked for with, and which; null: nobody's
   * @throws as FairQueue
   */
  change<Result>(
    businessId: string | null,
    by: { id: string | null; token_id: string | null } | null,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const business = businessId ?? PLATFORM;
    const inTurn = (): Promise<Result> => this.changes.run(business, work);
    if (by?.token_id == null) return inTurn();
    // Of each business apart: a token of the platform that waits for the log of one waits for no other's.
    const { id, token_id: token } = by;
    const ofPerson = (): Promise<Result> => this.ofPerson.run(`${business} ${id ?? token}`, inTurn);
    return this.ofToken.run(`${business} ${token}`, ofPerson);
  }
}
