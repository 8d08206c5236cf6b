/**
 * `npm run test:replication`: two real PostgreSQL servers of the system's packages, a primary and its synchronous
 * standby. Revokes tokens through Rescind, kills the primary, promotes the standby, and demands that every revocation
 * that was acknowledged is there and refused. See docs/operations.md, "Surviving the loss of the primary".
 */
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { buildIfNeeded } from '../../../bin/build-if-needed.mjs';
import { freePort } from '../torture/free-port.mjs';

const PACKAGES = '/usr/lib/postgresql';
const TOKENS = 20;
const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

const version = existsSync(PACKAGES) && readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a))[0];
if (!version) {
  console.error('There is no PostgreSQL under /usr/lib/postgresql: apt-get install postgresql');
  process.exit(1);
}
const program = (name) => join(PACKAGES, version, 'bin', name);
const asPostgres = process.getuid() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
const directory = mkdtempSync(join(tmpdir(), 'rescind-replication-'));
chmodSync(directory, 0o777);
const children = new Set();

function run(name, ...args) {
  const [command, ...rest] = [...asPostgres, program(name), ...args];
  const { status, stderr } = spawnSync(command, rest, { cwd: '/', encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
}

function start(command, args, options = {}) {
  const child = spawn(command, args, { cwd: '/', stdio: 'ignore', ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function until(what, probe) {
  for (let attempt = 0; attempt < 600; attempt++) {
    const value = await probe().catch(() => false);
    if (value) return value;
    await sleep(100);
  }
  throw new Error(`waited in vain for: ${what}`);
}

async function sql(port, statement, values = []) {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement, values)).rows;
  } finally {
    await client.end();
  }
}

function startServer(name, port, ...settings) {
  const flags = settings.flatMap((setting) => ['-c', setting]);
  return start(asPostgres[0] ?? program('postgres'), [
    ...(asPostgres.length ? [...asPostgres.slice(1), program('postgres')] : []),
    ...['-D', join(directory, name), '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
    ...['-c', 'unix_socket_directories=', ...flags],
  ]);
}

async function startRescind(databasePort, settings) {
  const port = await freePort();
  const DATABASE_URL = `postgres://postgres@127.0.0.1:${databasePort}/postgres`;
  const env = { ...process.env, ...settings, DATABASE_URL, PORT: String(port), RESCIND_LOG_LEVEL: 'error' };
  const child = start(process.execPath, [MAIN, 'serve'], { env });
  const call = async (path, body, business) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${settings.RESCIND_BOOTSTRAP_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(business === undefined ? {} : { 'x-business-id': business }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: answer.status, body: await answer.json() };
  };
  await until('Rescind', async () => (await call('/health/ready')).body.lease.status === 'up');
  return { child, call };
}

async function test() {
  await buildIfNeeded();
  const [primaryPort, standbyPort] = [await freePort(), await freePort()];
  run(
    'initdb',
    '-D',
    join(directory, 'primary'),
    '-U',
    'postgres',
    '-A',
    'trust',
    '-N',
    '--locale=C',
    '-E',
    'UTF8',
  );
  const primary = startServer('primary', primaryPort);
  await until('the primary', () => sql(primaryPort, 'SELECT 1'));
  const source = `host=127.0.0.1 port=${primaryPort} user=postgres application_name=standby`;
  run('pg_basebackup', '-D', join(directory, 'standby'), '-R', '-X', 'stream', '-c', 'fast', '-d', source);
  startServer('standby', standbyPort);
  await sql(primaryPort, `ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby)'`);
  await sql(primaryPort, 'SELECT pg_reload_conf()');
  await until('synchronous replication', async () => {
    const [row] = await sql(primaryPort, 'SELECT sync_state FROM pg_stat_replication');
    return row?.sync_state === 'sync';
  });

  const settings = {
    RESCIND_PEPPER: randomBytes(32).toString('base64'),
    RESCIND_SIGNING_KEY: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    RESCIND_BOOTSTRAP_TOKEN: `replication-${randomBytes(24).toString('base64url')}`,
    RESCIND_SYNCHRONOUS_COMMIT: 'on',
  };
  const before = await startRescind(primaryPort, settings);
  const { id: business } = (await before.call('/api/v1/admin/businesses', { name: 'Replication' })).body;
  const identity = (await before.call('/api/v1/identities', { name: 'ci', role: 'developer' }, business))
    .body;
  const tokens = [];
  for (let index = 0; index < TOKENS; index++) {
    const { body } = await before.call('/api/v1/tokens', { name: 't', identity_id: identity.id }, business);
    tokens.push({ id: body.token_info.id, secret: body.token });
  }
  const acknowledged = [];
  const revoking = (async () => {
    for (const { id } of tokens) {
      const answer = await before.call(`/api/v1/tokens/${id}/revoke`, {}, business).catch(() => null);
      if (answer?.status !== 201) return;
      acknowledged.push(id);
    }
  })();
  await until('some revocations', async () => acknowledged.length >= TOKENS / 2);
  primary.kill('SIGKILL');
  const postmaster = Number(/^\d+/.exec(await readPid(join(directory, 'primary', 'postmaster.pid')))?.[0]);
  spawnSync('kill', ['-9', String(postmaster)]);
  run('pg_ctl', 'promote', '-D', join(directory, 'standby'), '-w');
  await revoking;
  before.child.kill('SIGKILL');

  const after = await startRescind(standbyPort, settings);
  const failures = [];
  for (const { id, secret } of tokens) {
    const { status, body } = await after.call('/api/v1/tokens/verify', { token: secret }, business);
    const refused = status === 200 && body.active === false && body.reason === 'revoked';
    if (acknowledged.includes(id) && !refused) failures.push({ id, status, body });
  }
  console.log(
    `${acknowledged.length} revocations acknowledged, the primary killed, the standby promoted (PostgreSQL ${version}):`,
  );
  console.log(failures.length === 0 ? 'every one is there and refused' : `LOST: ${JSON.stringify(failures)}`);
  return failures.length === 0;
}

async function readPid(path) {
  const { stdout } = spawnSync(
    asPostgres[0] ?? 'cat',
    asPostgres.length ? [...asPostgres.slice(1), 'cat', path] : [path],
    {
      encoding: 'utf8',
    },
  );
  return stdout;
}

let passed = false;
try {
  passed = await test();
} finally {
  const gone = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const name of ['primary', 'standby'])
    spawnSync(
      [...asPostgres, program('pg_ctl')][0],
      [...asPostgres, program('pg_ctl')]
        .slice(1)
        .concat(['stop', '-m', 'immediate', '-D', join(directory, name)]),
      { cwd: '/' },
    );
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(gone);
  rmSync(directory, { recursive: true, force: true });
}
process.exit(passed ? 0 : 1);
