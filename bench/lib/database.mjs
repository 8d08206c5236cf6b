// @ts-check
import pg from 'pg';
import { onCleanup } from './cleanup.mjs';
import { assertLoopback } from './loopback.mjs';
import { scratchDirectory } from './scratch.mjs';

/**
 * A PostgreSQL cluster of this run alone: the one Rescind embeds, with the same settings, in a new directory.
 * Nothing of this directory ever connects to another one.
 */
export async function startDatabase() {
  const { startEmbeddedPostgres } = await import('../../dist/database/embedded/embedded-postgres.js');
  const {
    dataDir,
    ownerUrl: url,
    url: serviceUrl,
    stop,
  } = await startEmbeddedPostgres({
    dataDir: await scratchDirectory('bench'),
    report: (line) => console.error(line),
  });
  onCleanup(stop);
  assertLoopback(url);
  const administrator = Object.assign(new URL(url), { username: 'postgres', pathname: '/postgres' }).href;

  /** Connects to `target` as the superuser, since tables with policies take COPY from nobody else; the caller ends the session. */
  async function connect(target) {
    const connectionString = Object.assign(new URL(target), { username: 'postgres' }).href;
    const client = new pg.Client({ connectionString: assertLoopback(connectionString) });
    client.on('error', () => undefined);
    await client.connect();
    // What the owner's functions see is up to whoever calls them.
    await client.query(`SET app.business_id = '*'`);
    return client;
  }

  /** Makes an empty database owned by the same role. @returns its address */
  async function create(name) {
    const client = await connect(administrator);
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER rescind`);
    await client.end();
    return Object.assign(new URL(url), { pathname: `/${name}` }).href;
  }

  /** The settings with which Rescind works on `target`: as a user that owns nothing, and migrates as the owner. */
  function settingsFor(target) {
    const { username, password } = new URL(serviceUrl);
    return {
      DATABASE_URL: Object.assign(new URL(target), { username, password }).href,
      RESCIND_MIGRATE_URL: target,
    };
  }

  return { url, dataDir, administrator, connect, create, settingsFor, stop };
}
