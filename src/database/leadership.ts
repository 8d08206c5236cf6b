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
 * Does `step` in one transaction that can read the rows of every business, if no other process does `work`; null:
 * another does.
 */
export function inTurn<Result>(
  dataSource: DataSource,
  work: string,
  step: (manager: EntityManager) => Promise<Result>,
): Promise<Result | null> {
  return acrossBusinesses(dataSource, (session) =>
    session.transaction(async (manager) => ((await leads(work, manager)) ? step(manager) : null)),
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
