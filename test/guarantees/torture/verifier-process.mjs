import { spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseProxy } from './database-proxy.mjs';
import { freePort } from './free-port.mjs';
import { databaseSettings } from './postgres-cluster.mjs';
import { HttpConnection } from './raw-http.mjs';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const PRELOAD = new URL('./preload.mjs', import.meta.url).href;
const READY_MS = 60_000;

/** One `rescind serve` behind a database proxy of its own, to be frozen, killed and lied to. */
export class VerifierProcess {
  #child = null;
  frozen = false;
  /** How often it ended though nobody had ended it. */
  deaths = 0;
  /** It is meant to answer: neither killed, frozen nor starting. */
  up = false;

  constructor(index, directory, settings, proxy, port) {
    Object.assign(this, { index, directory, settings, proxy, port });
    this.orders = join(directory, `orders-${index}.json`);
  }

  /** @param wallOffsetMs by how much its wall clock is wrong from the start */
  static async create(index, { directory, cluster, settings, sabotage, wallOffsetMs }) {
    const proxy = await DatabaseProxy.open(cluster.port);
    const url = new URL(cluster.url);
    url.port = String(proxy.port);
    const verifier = new VerifierProcess(index, directory, settings, proxy, await freePort());
    verifier.environment = {
      ...settings,
      ...databaseSettings(url),
      PORT: String(verifier.port),
      RESCIND_DATA_DIR: join(directory, `data-${index}`),
      RESCIND_LOG_LEVEL: 'warn',
      TORTURE_ORDERS: verifier.orders,
      TORTURE_WALL_OFFSET_MS: String(wallOffsetMs),
      ...(sabotage ? { TORTURE_SABOTAGE: sabotage } : {}),
    };
    return verifier;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Starts it, and again while it gives up for want of its database. Resolves when it is ready. */
  async start() {
    const giveUpAt = performance.now() + READY_MS;
    const probe = new HttpConnection(this.port);
    while (performance.now() < giveUpAt) {
      if (!this.#isAlive()) this.#spawn();
      const answer = await probe.request('GET', '/health/live', '', undefined, 1000).catch(() => null);
      if (answer?.status === 200) {
        probe.close();
        this.up = true;
        return;
      }
      await sleep(50);
    }
    throw new Error(
      `verifier ${this.index} did not start: see verifier-${this.index}.log in ${this.directory}`,
    );
  }

  async kill(signal = 'SIGKILL') {
    this.up = false;
    this.thaw();
    if (!this.#isAlive()) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await gone;
  }

  freeze() {
    this.frozen = true;
    this.#child.kill('SIGSTOP');
  }

  thaw() {
    this.frozen = false;
    if (this.#isAlive()) this.#child.kill('SIGCONT');
  }

  order(orders) {
    if (!this.up) return;
    writeFileSync(this.orders, JSON.stringify(orders));
    this.#child.kill('SIGUSR2');
  }

  #isAlive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #spawn() {
    const log = openSync(join(this.directory, `verifier-${this.index}.log`), 'a');
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(RESCIND_|DATABASE_URL$|NODE_OPTIONS$|JEST_|NODE_ENV$)/.test(name),
    );
    this.#child = spawn(process.execPath, ['--import', PRELOAD, MAIN, 'serve'], {
      cwd: this.directory,
      env: { ...Object.fromEntries(own), ...this.environment },
      stdio: ['ignore', log, log],
    });
    const child = this.#child;
    child.once('exit', () => {
      if (!this.up || child !== this.#child) return;
      this.up = false;
      this.deaths++;
      void this.start();
    });
  }
}
