// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.mjs';

const READY_MS = 10_000;
/** Fewer than the verifiers would open, so that sessions change hands all the time. */
const SESSIONS = 12;

/** Starts PgBouncer in transaction mode before the cluster. @returns {Promise<{url: string, stop(): Promise<void>}>} */
export async function startPgBouncer(program, cluster, parent) {
  const directory = join(parent, 'pgbouncer');
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  const port = await freePort();
  const users = ['postgres', 'rescind', 'rescind_service'];
  writeFileSync(join(directory, 'users.txt'), users.map((name) => `"${name}" ""\n`).join(''));
  const file = join(directory, 'pgbouncer.ini');
  const configuration = `
[databases]
* = host=127.0.0.1 port=${cluster.port}
[pgbouncer]
pool_mode = transaction
default_pool_size = ${SESSIONS}
max_client_conn = 400
server_login_retry = 1
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(directory, 'users.txt')}
`;
  writeFileSync(file, configuration);
  const log = openSync(join(directory, 'log.txt'), 'a');
  const asSomebody = process.getuid() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(program, [...asSomebody, file], { stdio: ['ignore', log, log] });
  closeSync(log);
  const url = new URL(cluster.url);
  url.port = String(port);
  for (const giveUpAt = performance.now() + READY_MS; !(await answers(url.href)); await sleep(50))
    if (performance.now() > giveUpAt) throw new Error(`PgBouncer did not start: see ${directory}/log.txt`);
  return {
    url: url.href,
    stop: async () => {
      const gone = once(child, 'exit');
      if (child.kill('SIGQUIT')) await gone;
    },
  };
}

async function answers(connectionString) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query('SELECT 1')).rowCount === 1;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
