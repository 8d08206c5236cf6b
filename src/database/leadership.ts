import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { acrossBusinesses } from './row-access.js';

/**
 * Whether this process may do `work` until the transaction ends: of all processes on one database, one may at a time. The
 * others are told so at once.
 */
export async function leads(work: string, manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query<{ leads: boolean }[]>(
    'SELECT pg_try_advisory_xact_lock(hashtext($1)) AS leads',
    [`rescind.${work}`],
  );
  return row?.leads === true;
}

/**
 * Does `step` in one transaction that sees every business, if it is this process's turn to do `work`; null: another is at
 * it.
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

/** Lets the transaction be open for as long as the work takes that it is the lock of. */
export async function mayIdle(manager: EntityManager): Promise<void> {
  await manager.query('SET LOCAL idle_in_transaction_session_timeout = 0');
}

/**
 * Says that the work goes on, before PostgreSQL ends a transaction that idles.
 * @throws when the transaction, and with it the lock, is gone
 */
export async function goOnLeading(manager: EntityManager): Promise<void> {
  await manager.query('SELECT');
}

/** How often whoever leads for long looks whether it still does: well before PostgreSQL ends a session that idles (1 s at least). */
const HEARTBEAT_MS = 300;

/**
 * Runs `run` for as long as this process leads, if it is its turn; `over` is aborted when it is stopped, or when the
 * transaction that holds the lock is gone: PostgreSQL ends that when the process dies or is frozen. Resolves once `run` has.
 */
export function whileLeading(
  dataSource: DataSource,
  work: string,
  stopped: AbortSignal,
  run: (over: AbortSignal) => Promise<unknown>,
): Promise<void> {
  return dataSource.transaction(async (manager) => {
    if (!(await leads(work, manager))) return;
    const lost = new AbortController();
    const over = AbortSignal.any([stopped, lost.signal]);
    const running = run(over);
    try {
      while (!over.aborted) {
        await goOnLeading(manager);
        await delay(HEARTBEAT_MS, undefined, { signal: over }).catch(() => undefined);
      }
    } finally {
      lost.abort();
      await running;
    }
  });
}
