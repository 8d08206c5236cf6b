import { Injectable } from '@nestjs/common';
import { PeriodicService } from '../../common/periodic-task.js';
import { RevocationLeftoversRepository } from './revocation-leftovers.repository.js';

const EVERY_MS = 3_600_000;
const FIRST_MS = 60_000;
/** Some ten milliseconds. */
const ROWS_A_STEP = 2000;

/**
 * Drops plans that nobody could use for a day, what one person revoked alone more than a day ago, and the lists of tokens of
 * revocations that were done long ago. Each step is a transaction of its own; whoever dies between two leaves the rest for the
 * next round.
 */
@Injectable()
export class RevocationLeftovers extends PeriodicService {
  protected override readonly firstAfterMs = FIRST_MS;

  constructor(private readonly leftovers: RevocationLeftoversRepository) {
    super(EVERY_MS, 'Tokens', 'Old plans and lists of revocations could not be dropped; it is tried again.');
  }

  /** @throws when the database does; what was dropped by then is */
  override async round(stopped: AbortSignal): Promise<void> {
    const { leftovers } = this;
    while (!stopped.aborted && (await leftovers.dropPlans(ROWS_A_STEP)) > 0);
    while (!stopped.aborted && (await leftovers.dropTallies(ROWS_A_STEP)) > 0);
    while (!stopped.aborted && (await leftovers.dropSets(ROWS_A_STEP)) > 0);
  }
}
