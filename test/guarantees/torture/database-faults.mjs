// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { signalIfThere } from './processes.mjs';

const BACKENDS = `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rescind%' AND backend_type = 'client backend'`;
const WAITS = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
const CANCEL_EVERY_MS = 20;

export async function restart({ cluster }) {
  await cluster.stop();
  await cluster.start();
}

export async function crash({ cluster, random }) {
  await cluster.crash();
  await sleep(random.between(0, 1500));
  await cluster.start();
}

/** Somebody forgot a transaction, with an id, in another database of the cluster: it is part of every snapshot. */
export function heldTransaction({ cluster, random, leaseMs }) {
  const url = new URL(cluster.url);
  url.pathname = '/template1';
  return hold(url.href, random.between(2, 16) * leaseMs, 'SELECT pg_current_xact_id()');
}

/** Somebody holds owners for whom tokens are issued: whoever issues was let in, and waits. */
export function heldOwners({ cluster, random, leaseMs, tenants }) {
  const owners = tenants.map(({ product }) => product.id);
  const lock = 'SELECT FROM identities WHERE id = ANY ($1) FOR UPDATE';
  return hold(cluster.url, random.between(0.5, 2.5) * leaseMs, lock, [owners]);
}

async function hold(connectionString, ms, statement, values = []) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN');
    await client.query(statement, values);
    await sleep(ms);
    await client.query('COMMIT');
  } catch {
    // The server went away, and the transaction with it.
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** One session's server process stands still, with whatever locks it holds. */
export async function frozenBackend({ cluster, random, leaseMs }) {
  const backends = await cluster.sql(BACKENDS).catch(() => []);
  if (backends.length === 0) return;
  const { pid } = random.pick(backends);
  signalIfThere(pid, 'SIGSTOP');
  await sleep(random.between(0.2, 4) * leaseMs);
  signalIfThere(pid, 'SIGCONT');
}

export async function diskFull({ cluster, disk, random, leaseMs }) {
  disk.fill(random.between(0, 400_000));
  await sleep(random.between(0.5, 4) * leaseMs);
  disk.empty();
  // Without room for its log, the server may have given up, for a moment or for good.
  await cluster.start();
}

export function hungStandby(world) {
  return whileCutOff(world, (ms) => sleep(ms));
}

/** Whoever waits for the standby is told to stop waiting, and commits all the same: PostgreSQL only warns of it. */
export function cancelledWaits(world) {
  return whileCutOff(world, async (ms) => {
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs) {
      await world.cluster.sql(WAITS).catch(() => undefined);
      await sleep(CANCEL_EVERY_MS);
    }
  });
}

/** The primary is as one that was cut off and replaced: leases from before run out, and there are no new ones. */
async function whileCutOff({ standby, history, random, leaseMs }, during) {
  const cutOff = { condition: 'cut-off', subject: 'primary', ok: true };
  await standby.hang();
  const fromMs = performance.now();
  history.addChange({ ...cutOff, kind: 'begin', startMs: fromMs, endMs: fromMs + leaseMs });
  await during(random.between(1, 8) * leaseMs);
  const untilMs = performance.now();
  history.addChange({ ...cutOff, kind: 'end', startMs: untilMs, endMs: untilMs });
  await standby.recover();
}
