import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { acrossBusinesses } from './row-access.js';

/**
 * Whether this process may do `work` until the transaction ends: of all processes on one database, one at a time.
 * The others get the answer at once.
 */
export async function leads(work: string, manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query<{ leads: boolean }[]>(
    'SELECT pg_try_advisory_xact_lock(hashtext($1)) AS leads',
    [`rescind.${work}`],
  );
  return row?.leads === true;
}

/**
 * For the rest of the transaction, whatever the planner believes: tables are read along an index, in its order, and joined row
 * by row. Without statistics (after a restore) it takes reading and sorting all that is left for cheaper than the next thousand
 * of it. For walks, each of which has an index.
 */
export async function alongIndexes(manager: EntityManager): Promise<void> {
  await manager.query(`SELECT set_config(name, 'off', true)
    FROM unnest('{enable_seqscan,enable_bitmapscan,enable_sort,enable_hashjoin,enable_mergejoin}'::text[]) AS s (name)`);
}

/** Whether sessions of others execute statements in this database now. */
export async function othersAreActive(manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query<{ busy: boolean }[]>(
    `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active') AS busy`,
  );
  return row?.busy === true;
}

/**
 * Does `step` in one transaction that can read the rows of every business, along indexes, if no other process does `work`;
 * null: another does.
 */
export function inTurn<Result>(
  dataSource: DataSource,
  work: string,
  step: (manager: EntityManager) => Promise<Result>,
): Promise<Result | null> {
  return acrossBusinesses(dataSource, (session) =>
    session.transaction(async (manager) => {
      if (!(await leads(work, manager))) return null;
      await alongIndexes(manager);
      return step(manager);
    }),
  );
}

/** Allows the transaction to stay open for as long as the work takes; it holds the lock of the work. */
export async function mayIdle(manager: EntityManager): Promise<void> {
  await manager.query('SET LOCAL idle_in_transaction_session_timeout = 0');
}

/**
 * Executes a statement, so that PostgreSQL does not end the transaction as idle.
 * @throws if the transaction, and with it the lock, has ended
 */
async function goOnLeading(manager: EntityManager): Promise<void> {
  await manager.query('SELECT');
}

/**
 * How often a process checks that it still has the lock: well before PostgreSQL ends an idle session (1 s at least).
 */
const HEARTBEAT_MS = 300;

/**
 * Runs `run` while this process holds the lock, if it is free, however long its steps wait for others. `over` is aborted
 * when the work is stopped, or when the transaction with the lock has ended: PostgreSQL ends it if the process dies or is
 * frozen. Resolves after `run` has.
 * @throws whatever `run` throws, or the loss of the lock
 */
export function whileLeading(
  dataSource: DataSource,
  work: string,
  stopped: AbortSignal,
  run: (over: AbortSignal) => Promise<unknown>,
): Promise<void> {
  return dataSource.transaction(async (manager) => {
    if (!(await leads(work, manager))) return;
    const ended = new AbortController();
    const over = AbortSignal.any([stopped, ended.signal]);
    const running = run(over).finally(() => ended.abort());
    // It may fail during a heartbeat, when nobody awaits it yet: that must not end the process.
    running.catch(() => undefined);
    try {
      while (!over.aborted) {
        await goOnLeading(manager);
        await delay(HEARTBEAT_MS, undefined, { signal: over }).catch(() => undefined);
      }
    } finally {
      ended.abort();
      await running;
    }
  });
}

/** The id of a transaction that changes nothing and is committed at once. */
export async function emptyTransaction(manager: EntityManager): Promise<string> {
  const [row] = await manager.query<{ id: string }[]>('SELECT pg_current_xact_id()::text AS id');
  return row?.id ?? '0';
}
