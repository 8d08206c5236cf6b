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
 * The sessions that take rights away. Of its seven, three are for the transactions that revocations share and that wait
 * for nobody; these queues divide the rest.
 */
@Injectable()
export class RevokeLane {
  private readonly reads: FairQueue;
  private readonly changes: FairQueue;

  constructor(
    @InRevokeLane() readonly dataSource: DataSource,
    @Inject(databaseConfig.KEY) { lockTimeoutMs }: ConfigType<typeof databaseConfig>,
  ) {
    const waitMsMax = lockTimeoutMs + 2000;
    this.reads = new FairQueue({ atOnce: 1, atOncePerKey: 1, waitMsMax });
    this.changes = new FairQueue({ atOnce: 3, atOncePerKey: 1, waitMsMax });
  }

  /** A look that a revocation begins with; never waits for a lock. @throws as FairQueue */
  look<Result>(
    businessId: string | null,
    work: (manager: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    return this.reads.run(businessId ?? PLATFORM, () => inBusiness(this.dataSource, businessId, work));
  }

  /** What may wait for the log of one business: the end of an owner, or a log that somebody holds. @throws as FairQueue */
  change<Result>(businessId: string | null, work: () => Promise<Result>): Promise<Result> {
    return this.changes.run(businessId ?? PLATFORM, work);
  }
}
