// @ts-check
/**
 * `npm run test:failover`: three PostgreSQL under Patroni, etcd and HAProxy by the files of deploy/patroni, two servers (one
 * through HAProxy, one by an address of several hosts), two client verifiers and clients; faults, then the judgement.
 * FAILOVERS=long: 24 failovers. Prints what was found as JSON on its last line.
 */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from '../../bin/build-if-needed.mjs';
import { buildPackagesIfNeeded } from '../../scripts/build-packages.mjs';
import { History } from '../guarantees/torture/history.mjs';
import { checkHistory } from '../guarantees/torture/history-checker.mjs';
import { seededRandom } from '../guarantees/torture/random.mjs';
import { PatroniCluster, until } from './patroni-cluster.mjs';
import { inflict, FAULTS, LONG, SHORT, TTL_MS } from './faults.mjs';
import { measure } from './measures.mjs';
import { Server } from './server.mjs';

const RESCIND = fileURLToPath(new URL('../../bin/rescind.mjs', import.meta.url));
const LEASE_MS = 1000;
const TENANTS = 2;

await buildIfNeeded();
buildPackagesIfNeeded();
// What these import is built by now.
const { ChildVerifier } = await import('../guarantees/torture/child-verifier.mjs');
const { Calls } = await import('../guarantees/torture/calls.mjs');
const { makeOwner } = await import('../guarantees/torture/owners.mjs');
const { checkActors } = await import('../guarantees/torture/actors.mjs');
const { reconcile } = await import('../guarantees/torture/reconciliation.mjs');
const { Load } = await import('./load.mjs');

const directory = mkdtempSync(join(tmpdir(), 'rescind-failover-'));
chmodSync(directory, 0o711);
const cluster = new PatroniCluster(directory);
const seed = Number(process.env.FAILOVER_SEED ?? Math.floor(Math.random() * 2 ** 31));
const secret = `failover-${randomBytes(24).toString('base64url')}`;
const settings = {
  RESCIND_PEPPER: randomBytes(32).toString('base64'),
  RESCIND_SIGNING_KEY: String(
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ),
  RESCIND_BOOTSTRAP_TOKEN: secret,
  RESCIND_LEASE_MS: String(LEASE_MS),
  RESCIND_FAILED_AUTH_LIMIT: '10000000',
  RESCIND_BUSINESS_CALL_LIMIT: '10000000',
  RESCIND_OPEN_ROUTE_LIMIT: '10000000',
  RESCIND_CONNECTIONS_PER_ADDRESS: '10000',
};
/** @type {any} what the clients of test/guarantees/torture ask for */
const world = {
  ...{ directory, cluster, secret, leaseMs: LEASE_MS, random: seededRandom(seed), history: new History() },
  ...{ verifiers: [], children: [], tenants: [], options: {}, lasting: null },
};
let isClean = false;
const end = () => {
  for (const each of world.children) void each.kill();
  for (const { proxies } of world.children) for (const proxy of proxies) proxy.close();
  for (const each of world.verifiers) each.kill();
  cluster.stop();
  if (isClean) rmSync(directory, { recursive: true, force: true });
};
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
process.once('exit', end);

const say = (line) => console.error(`${Math.round(performance.now() / 1000)} s: ${line}`);
say(`seed ${seed}; files in ${directory}`);
await cluster.start();
say(`three PostgreSQL ${cluster.version} under Patroni`);
const throughProxy = (user) => Object.assign(new URL(cluster.url), { username: user }).href;
for (const [index, addressOf] of [throughProxy, cluster.severalHosts].entries())
  world.verifiers.push(await Server.start(index, directory, addressOf, settings));
const calls = new Calls(world);
for (let index = 0; index < TENANTS; index++) world.tenants.push(await makeTenant(index));
const [first] = world.tenants;
world.lasting = { business: first.id, secret: first.secret };
for (const place of [0, 1])
  world.children.push(await ChildVerifier.create(place, world, { secret, business: null, max: 100_000 }));
const load = new Load(world);
await load.start();
say(`${world.history.tokens.length} tokens, and clients at work`);

const inflicted = [];
for (const name of process.env.FAILOVERS === 'long' ? LONG : SHORT) {
  const fault = await inflict(name, cluster);
  inflicted.push(fault);
  await until('both servers to be ready', async () =>
    (await Promise.all(world.verifiers.map((each) => each.readiness()))).every(
      ({ status }) => status === 'ok',
    ),
  );
  const seconds = (ms) => ((ms - fault.fromMs) / 1000).toFixed(1);
  say(
    `${name}: another primary after ${seconds(fault.throughMs)} s, all well after ${seconds(fault.untilMs)} s`,
  );
}
await load.stop();
say(`${world.history.length} verdicts, ${world.history.changes.length} changes`);

const { history } = world;
const readiness = await Promise.all(world.verifiers.map((each) => each.readiness()));
const faults = await cluster.sql('SELECT count(*)::int AS count FROM integrity_faults');
const judged = await reconcile(cluster, history);
const issuedIds = history.tokens.map(({ id }) => id);
const lost = await cluster.sql(
  'SELECT id FROM unnest($1::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM tokens t WHERE t.id = id.id)',
  [issuedIds],
);
const command = spawnSync(process.execPath, [RESCIND, 'audit', 'reconcile'], {
  cwd: directory,
  env: { PATH: process.env.PATH, ...settings, DATABASE_URL: cluster.severalHosts('rescind_service') },
  encoding: 'utf8',
});
const report = {
  seed,
  reconciled: {
    code: command.status,
    said: `${command.stdout}${command.stderr}`.trim().split('\n').slice(-5),
  },
  violations: [...checkHistory(history, LEASE_MS).violations, ...(await checkActors(cluster, history))].slice(
    0,
    20,
  ),
  differences: judged.differences,
  lost: lost.map(({ id }) => id),
  acknowledged: history.changes.filter(({ ok, kind }) => ok && kind !== 'receipt').length,
  verdicts: history.length,
  byChildren: world.children.reduce((sum, { counts }) => sum + counts.verdicts, 0),
  faults: faults[0].count,
  ready: readiness.every(({ status }) => status === 'ok'),
  restarts: world.verifiers.filter(({ isAlive }) => !isAlive).length,
  deaths: world.children.reduce((sum, { deaths }) => sum + deaths, 0),
  ttlMs: TTL_MS,
  ...measure(inflicted, FAULTS, load, world.verifiers),
};
isClean = report.violations.length + report.differences.length + report.lost.length === 0;
console.log(JSON.stringify(report));
process.exit(0);

/** A business with a caller of its own, which may verify and which nobody revokes. */
async function makeTenant(index) {
  const post = async (path, body, business) => {
    const answer = await calls.call('POST', path, { business, body });
    return answer.status === 201 ? answer.body : null;
  };
  const { id } = await until('a business', () =>
    post('/api/v1/admin/businesses', { name: `Failover ${index}` }, null),
  );
  const tenant = { id, secret: '', owners: [], made: 0, suspension: { freeFromMs: 0 } };
  const product = await until('an owner', () =>
    makeOwner({ calls, random: world.random }, tenant, 'identity'),
  );
  const named = { name: 'product', ...product.naming, scopes: ['rescind:tokens:verify'] };
  tenant.secret = (await until('a token', () => post('/api/v1/tokens', named, id))).token;
  return tenant;
}
