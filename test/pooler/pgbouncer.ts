import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../support/free-port.js';
import { programPath } from '../gateways/proxy-process.js';
import { ownerUrlOf, serviceUrlOf, sql } from '../support/databases.js';
import { runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';

export interface PgBouncer {
  /** The address of `databaseUrl`'s database through the pooler. */
  url: string;
  /** A command of its console: PAUSE, RESUME. */
  command(command: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Fewer sessions than clients, so that they change hands all the time. */
const SESSIONS = 4;

/** Starts a real PgBouncer in transaction mode before the server of `databaseUrl`, with nothing set for Rescind's sake. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  const directory = mkdtempSync(join(runDirectory(), 'pgbouncer-'));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const file = join(directory, 'pgbouncer.ini');
  const users = join(directory, 'users.txt');
  // Whoever asks, and with that the passwords that it gives the server.
  const known = [databaseUrl, ownerUrlOf(databaseUrl), serviceUrlOf(databaseUrl)].map(
    (each) => new URL(each),
  );
  writeFileSync(users, known.map(({ username, password }) => `"${username}" "${password}"\n`).join(''));
  const configuration = `
[databases]
* = host=127.0.0.1 port=${target.port}
[pgbouncer]
pool_mode = transaction
default_pool_size = ${SESSIONS}
max_client_conn = 200
server_login_retry = 1
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
admin_users = ${target.username}
`;
  writeFileSync(file, configuration);
  const logPath = join(directory, 'pgbouncer.txt');
  const log = openSync(logPath, 'a');
  const asSomebody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(programPath('pgbouncer'), [...asSomebody, file], { stdio: ['ignore', log, log] });
  closeSync(log);
  const url = new URL(databaseUrl);
  url.port = String(port);
  const console = new URL(url);
  console.pathname = '/pgbouncer';
  await waitFor('PgBouncer to listen', async () => {
    if (child.exitCode !== null) return true;
    await sql(url.href, 'SELECT 1');
    return true;
  });
  if (child.exitCode !== null) throw new Error(`PgBouncer did not start:\n${readFileSync(logPath, 'utf8')}`);
  return {
    url: url.href,
    command: async (command) => {
      const client = new pg.Client({ connectionString: console.href });
      await client.connect();
      await client.query(command).finally(() => client.end());
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGQUIT');
      await exit;
    },
  };
}
