import type { PoolClient, QueryConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { isDatabaseUnavailable, isLockTimeout } from '../common/errors/driver-error.js';
import { poolOf } from './prepared.js';
import { ROUND_TRIP_MS_MAX } from './resilient-client.js';

const START = 'START TRANSACTION';

/**
 * Runs `work` in one transaction, with as few round trips as there can be. Rejects with the driver's error; after
 * one of the connection it is not known whether a COMMIT that had been sent took effect.
 * @param lockTimeoutMs how long one lock is waited for; undefined: as the session is configured
 */
export async function inTransaction<Result>(
  dataSource: DataSource,
  work: (session: PoolClient) => Promise<Result>,
  lockTimeoutMs?: number,
): Promise<Result> {
  const begin = lockTimeoutMs === undefined ? START : `${START}; SET LOCAL lock_timeout = ${lockTimeoutMs}`;
  const session = await poolOf(dataSource).connect();
  try {
    await session.query({ text: begin, query_timeout: ROUND_TRIP_MS_MAX } as QueryConfig);
    const result = await work(session);
    await session.query('COMMIT');
    session.release();
    return result;
  } catch (error) {
    await giveBack(session, error);
    throw error;
  }
}

/** A session that may not respond is closed, not waited for; the server then ends its transaction. */
async function giveBack(session: PoolClient, error: unknown): Promise<void> {
  if (isDatabaseUnavailable(error) && !isLockTimeout(error)) return session.release(true);
  await session.query('ROLLBACK').then(
    () => session.release(),
    () => session.release(true),
  );
}
