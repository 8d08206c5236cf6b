import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PeriodicService } from '../../common/periodic-task.js';
import { inTurn } from '../../database/leadership.js';
import { TOKENS_LISTED_DAYS } from './revocation-records.repository.js';

const EVERY_MS = 3_600_000;
const FIRST_MS = 60_000;
/** Some ten milliseconds. */
const ROWS_A_STEP = 2000;

/** Up to $1 plans that nobody could use for a day. Uses revocation_plans_expires_at_idx. */
const DROP_PLANS = `
WITH dropped AS (
  DELETE FROM revocation_plans WHERE ctid = ANY (ARRAY(SELECT ctid FROM revocation_plans
    WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1
) SELECT count(*)::int AS dropped FROM dropped`;

/** Up to $1 tallies that count no more. Uses revocation_tallies_made_at_idx. */
const DROP_TALLIES = `
WITH dropped AS (
  DELETE FROM revocation_tallies WHERE ctid = ANY (ARRAY(SELECT ctid FROM revocation_tallies
    WHERE made_at < now() - interval '24 hours' ORDER BY made_at LIMIT $1)) RETURNING 1
) SELECT count(*)::int AS dropped FROM dropped`;

/**
 * Up to $1 tokens of sets that were done so long ago: an hour after they are listed for the last time, by whatever clock. It goes
 * from one set to the next, whatever the number of their tokens, and of revocations that have none any more. Uses
 * revocation_sets_pkey.
 */
export const DROP_SETS = `
WITH RECURSIVE sets AS (
  (SELECT revocation_id AS id FROM revocation_sets ORDER BY revocation_id LIMIT 1)
  UNION ALL
  SELECT (SELECT s.revocation_id FROM revocation_sets s WHERE s.revocation_id > sets.id ORDER BY s.revocation_id LIMIT 1) FROM sets
    WHERE sets.id IS NOT NULL
), old AS MATERIALIZED (
  SELECT r.id FROM sets JOIN revocation_requests r ON r.id = sets.id
  WHERE r.state = 'done' AND r.finished_at < now() - interval '${TOKENS_LISTED_DAYS} days 1 hour'
), dropped AS (
  DELETE FROM revocation_sets WHERE ctid = ANY (ARRAY(SELECT s.ctid FROM old JOIN revocation_sets s ON s.revocation_id = old.id
    WHERE s.marked LIMIT $1)) RETURNING 1
) SELECT count(*)::int AS dropped FROM dropped`;

/**
 * Drops plans that nobody could use for a day, what one person revoked alone more than a day ago, and the lists of tokens of
 * revocations that were done long ago; the requests, what was revoked and the events of it stay. Each step is a transaction of
 * its own; whoever dies between two leaves the rest for the next round.
 */
@Injectable()
export class RevocationLeftovers extends PeriodicService {
  protected override readonly firstAfterMs = FIRST_MS;

  constructor(private readonly dataSource: DataSource) {
    super(EVERY_MS, 'Tokens', 'Old plans and lists of revocations could not be dropped; it is tried again.');
  }

  /** @throws when the database does; what was dropped by then is */
  override async round(stopped: AbortSignal): Promise<void> {
    for (const statement of [DROP_PLANS, DROP_TALLIES, DROP_SETS])
      while (!stopped.aborted && (await this.drop(statement, ROWS_A_STEP)) > 0);
  }

  /** @returns how many rows; one process drops them at a time, and 0 any other */
  async drop(statement: string, limit: number): Promise<number> {
    const dropped = await inTurn(this.dataSource, 'revocation_leftovers', async (manager) => {
      const [row] = await manager.query<{ dropped: number }[]>(statement, [limit]);
      return row?.dropped ?? 0;
    });
    return dropped ?? 0;
  }
}
