import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { FairQueue } from '../common/fair-queue.js';
import { databaseConfig } from '../config/database.config.js';
import { managementSessions } from './lanes.js';

/** One of its tokens may take half of it. */
export const WAITING_PER_BUSINESS_MAX = 400;
const WAIT_MS_MAX = 5000;

/**
 * Admits management calls: no more at once than there are sessions, in turns between businesses, and at most half
 * for one business, so that a flood delays only its own business. Background work needs no admission.
 */
@Injectable()
export class ManagementAdmission extends FairQueue {
  constructor(@Inject(databaseConfig.KEY) { poolMax }: ConfigType<typeof databaseConfig>) {
    const atOnce = managementSessions(poolMax);
    super({
      atOnce,
      atOncePerKey: Math.floor(atOnce / 2),
      waitingPerKeyMax: WAITING_PER_BUSINESS_MAX,
      waitMsMax: WAIT_MS_MAX,
    });
  }
}
