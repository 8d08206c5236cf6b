import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTurn } from '../../database/leadership.js';
import { TOKENS_LISTED_DAYS } from './revocation-records.sql.js';

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
const DROP_SETS = `
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

/** What revocations of many tokens need no more: one process drops it at a time, and 0 rows any other. */
@Injectable()
export class RevocationLeftoversRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns how many */
  dropPlans(limit: number): Promise<number> {
    return this.drop(DROP_PLANS, limit);
  }

  /** @returns how many */
  dropTallies(limit: number): Promise<number> {
    return this.drop(DROP_TALLIES, limit);
  }

  /** The request, what was revoked and the events of it stay. @returns how many tokens */
  dropSets(limit: number): Promise<number> {
    return this.drop(DROP_SETS, limit);
  }

  private async drop(statement: string, limit: number): Promise<number> {
    const dropped = await inTurn(this.dataSource, 'revocation_leftovers', async (manager) => {
      const [row] = await manager.query<{ dropped: number }[]>(statement, [limit]);
      return row?.dropped ?? 0;
    });
    return dropped ?? 0;
  }
}
