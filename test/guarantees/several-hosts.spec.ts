import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { rescind } from '../cli/rescind-command.js';
import { aBusiness, aToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { runDirectory, testRun } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { PostgresCluster } from './torture/postgres-cluster.mjs';
import { outcomeOf, verify } from './verifiers.js';

describe('an address with several hosts', () => {
  let directory: string;
  let primary: PostgresCluster;
  let standby: PostgresCluster;
  /** A host that takes connections and says nothing, as a frozen one does. */
  let mute: Server;
  const heldOpen: Socket[] = [];
  let env: Record<string, string>;
  let running: RescindProcess;

  beforeAll(async () => {
    directory = mkdtempSync(join(runDirectory(), 'hosts-'));
    chmodSync(directory, 0o711);
    primary = await PostgresCluster.create(join(directory, 'primary'));
    await primary.stop();
    standby = await primary.copyAs(join(directory, 'standby'));
    writeFileSync(join(directory, 'standby', 'standby.signal'), '');
    await primary.start();
    const source = `host=127.0.0.1 port=${primary.port} user=postgres application_name=standby`;
    await standby.start({ primary_conninfo: source, hot_standby: 'on' });
    await primary.sql(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await primary.sql('SELECT pg_reload_conf()');
    mute = createServer((socket) => heldOpen.push(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const ports = [(mute.address() as AddressInfo).port, standby.port, primary.port];
    const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
    const addressOf = (user: string) =>
      `postgres://${user}@${hosts}/postgres?target_session_attrs=read-write`;
    env = { DATABASE_URL: addressOf('rescind_service'), RESCIND_MIGRATE_URL: addressOf('rescind') };
    running = await startRescind({ databaseUrl: testRun().postgresUrl, env });
    await running.ready();
  });
  afterAll(async () => {
    await running.kill();
    for (const socket of heldOpen) socket.destroy();
    mute.close();
    await primary.stop('SIGQUIT');
    await standby.stop('SIGQUIT');
    rmSync(directory, { recursive: true, force: true });
  });

  const places = async (server: PostgresCluster): Promise<string[]> =>
    (
      await server.sql<{ name: string }>(
        `SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'rescind%' AND application_name <> 'rescind-primary' ORDER BY 1`,
      )
    ).map(({ name }) => name);

  it('leads every session to the primary, wherever it stands in the list, though another host is mute', async () => {
    expect(await places(primary)).toEqual(expect.arrayContaining(['rescind-registry', 'rescind-verifier']));
    expect(await places(standby)).toEqual([]);
  });

  it('serves commands, which say all the hosts', async () => {
    const { code, stderr } = await rescind(['audit', 'faults'], env, true).ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining(`,127.0.0.1:${primary.port}`)]);
  });

  it('R1: leads to the standby once that was promoted, and no restart is needed', async () => {
    const business = await aBusiness({ url: running.url });
    const token = await aToken(business);
    const revoked = await aToken(business);
    await waitFor(
      'a revocation',
      async () => (await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`)).status === 201,
    );
    await primary.crash();
    await standby.sql('SELECT pg_promote()');
    await waitFor(
      'a verdict of the new primary',
      async () => outcomeOf(await verify(running, business, token)) === 'active',
    );
    expect(outcomeOf(await verify(running, business, revoked))).toBe('revoked');
    await waitFor(
      'a revocation',
      async () => (await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201,
    );
    expect(outcomeOf(await verify(running, business, token))).toBe('revoked');
    expect(await places(standby)).toEqual(expect.arrayContaining(['rescind-registry', 'rescind-verifier']));
    await running.ready();
  });
});
