// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { startRescind } from '../lib/rescind.mjs';

const COUNTS = `SELECT (SELECT sum(round)::float8 FROM verifiers) AS rounds, (SELECT count(*)::int FROM verifiers) AS verifiers,
  (SELECT xact_commit::float8 FROM pg_stat_database WHERE datname = current_database()) AS transactions`;

/**
 * What idle verifiers ask of the database: heartbeats, one statement each, by the rounds of the registry; and all
 * transactions of the database, whoever began them, as PostgreSQL counts them.
 */
export async function measureHeartbeat({ env, directory, database, say }, { verifiers, seconds }) {
  const url = await database.create('heartbeat');
  const processes = [];
  for (let index = 0; index < verifiers; index++)
    processes.push(await startRescind({ env: { ...env, ...database.settingsFor(url) }, directory }));
  const session = await database.connect(url);
  const count = async () => {
    // What a session has done is counted within a second of its doing it.
    await delay(1500);
    const { rows } = await session.query(COUNTS);
    return { ...rows[0], atMs: performance.now() };
  };
  const before = await count();
  await delay(seconds * 1000);
  const after = await count();
  await session.end();
  for (const each of processes) await each.stop();
  if (before.verifiers !== verifiers || after.verifiers !== verifiers)
    throw new Error(`${after.verifiers} of ${verifiers} verifiers are registered`);
  const passed = (after.atMs - before.atMs) / 1000;
  const perVerifier = (name) => (after[name] - before[name]) / passed / verifiers;
  const result = { heartbeats: perVerifier('rounds'), transactions: perVerifier('transactions') };
  say(`${result.heartbeats.toFixed(2)} heartbeats a second and verifier`);
  return result;
}
