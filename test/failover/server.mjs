// @ts-check
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../guarantees/torture/free-port.mjs';
import { until } from './patroni-cluster.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** One `rescind serve` that is started once. What of it the clients of test/guarantees/torture need is named as there. */
export class Server {
  up = true;
  frozen = false;
  #child;

  constructor(index, directory, port) {
    Object.assign(this, { index, directory, port });
    this.log = join(directory, `rescind-${index}.log`);
  }

  /** @param {(user: string) => string} addressOf of the database */
  static async start(index, directory, addressOf, settings) {
    const server = new Server(index, directory, await freePort());
    const log = openSync(server.log, 'a');
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(RESCIND_|DATABASE_URL$|NODE_OPTIONS$|JEST_|NODE_ENV$)/.test(name),
    );
    server.#child = spawn(process.execPath, [MAIN, 'serve'], {
      cwd: directory,
      env: {
        ...Object.fromEntries(own),
        ...settings,
        DATABASE_URL: addressOf('rescind_service'),
        RESCIND_MIGRATE_URL: addressOf('rescind'),
        RESCIND_DATA_DIR: join(directory, `data-${index}`),
        RESCIND_LOG_LEVEL: 'warn',
        PORT: String(server.port),
      },
      stdio: ['ignore', log, log],
    });
    await until('a server that is ready', async () => (await server.readiness()).status === 'ok');
    return server;
  }

  async readiness() {
    const answer = await fetch(`http://127.0.0.1:${this.port}/health/ready`, {
      signal: AbortSignal.timeout(3000),
    });
    return { status: answer.status === 200 ? 'ok' : 'error', body: await answer.json() };
  }

  /** It runs since its start. */
  get isAlive() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Lines of its log from `warn` on, with their time (wall clock, milliseconds). @returns {{time: number, database?: string, left_out?: number, msg?: string, stack?: string}[]} */
  lines() {
    return readFileSync(this.log, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
      .map((line) => ({ ...line, time: Date.parse(line.time) }));
  }

  kill() {
    if (this.isAlive) this.#child.kill('SIGKILL');
  }
}
