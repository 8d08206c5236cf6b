// @ts-check
import { spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseProxy } from './database-proxy.mjs';
import { freePort } from './free-port.mjs';
import { databaseSettings } from './postgres-cluster.mjs';
import { childrenOf, isStopped, signalIfThere } from './processes.mjs';
import { HttpConnection } from './raw-http.mjs';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const PRELOAD = new URL('./preload.mjs', import.meta.url).href;
const READY_MS = 60_000;

/**
 * One `rescind serve`, workers included, behind a database proxy of its own, to be frozen, killed and lied to. Its
 * processes are a group of their own: a machine, as far as faults are concerned.
 */
export class VerifierProcess {
  #child = null;
  /** @type {{pids: number[], fromMs: number, untilMs: number}[]} when which processes certainly stood still */
  stops = [];
  /** @type {number[]} of its main process, over all its starts */
  mainPids = [];
  frozen = false;
  /** How often it ended though nobody had ended it. */
  deaths = 0;
  /** It is meant to answer: neither killed, frozen nor starting. */
  up = false;

  constructor(index, directory, proxy, port) {
    this.index = index;
    this.directory = directory;
    this.proxy = proxy;
    this.port = port;
    this.orders = join(directory, `orders-${index}.json`);
    /** @type {Record<string, string>} */
    this.environment = {};
    this.clock = null;
  }

  /**
   * @param settings environment of Rescind
   * @param clock its monotonic clock (monotonic-clock.mjs), or null for the machine's
   * @param wallOffsetMs by how much its wall clock is wrong from the start
   */
  static async create(index, { directory, databaseUrl, settings, sabotage, clock, wallOffsetMs }) {
    const url = new URL(databaseUrl);
    const proxy = await DatabaseProxy.open(Number(url.port));
    url.port = String(proxy.port);
    const verifier = new VerifierProcess(index, directory, proxy, await freePort());
    verifier.clock = clock;
    verifier.environment = {
      ...settings,
      ...clock?.environment,
      ...databaseSettings(url),
      PORT: String(verifier.port),
      RESCIND_DATA_DIR: join(directory, `data-${index}`),
      RESCIND_LOG_LEVEL: 'warn',
      TORTURE_INDEX: String(index),
      TORTURE_ORDERS: verifier.orders,
      TORTURE_WALL_OFFSET_MS: String(wallOffsetMs),
      ...(sabotage ? { TORTURE_SABOTAGE: sabotage } : {}),
    };
    return verifier;
  }

  get pid() {
    return this.#child?.pid;
  }

  get hasWorkers() {
    return Number(this.environment.RESCIND_WORKERS ?? 1) > 1;
  }

  /** The main process and its workers. */
  get pids() {
    return this.#isAlive() ? [this.pid, ...childrenOf(this.pid)] : [];
  }

  /**
   * Starts it, and again while it gives up for want of its database. Resolves when it is ready.
   * @param {Record<string, string>} [more] settings for this time only
   */
  async start(more = {}) {
    const giveUpAt = performance.now() + READY_MS;
    const probe = new HttpConnection(this.port);
    while (performance.now() < giveUpAt) {
      if (!this.#isAlive()) this.#spawn(more);
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

  /** @param {NodeJS.Signals} signal SIGKILL takes the whole group at once; others ask the main process */
  async kill(signal = 'SIGKILL') {
    this.up = false;
    if (this.frozen) this.thaw();
    if (!this.#isAlive()) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    signalIfThere(signal === 'SIGKILL' ? -this.pid : this.pid, signal);
    await gone;
    // A worker may outlive its main process for a moment; nothing of the group may outlive this.
    signalIfThere(-this.pid, 'SIGKILL');
  }

  /** kill -9 of one worker, which its main process replaces. */
  killWorker(random) {
    const workers = this.#isAlive() ? childrenOf(this.pid) : [];
    if (workers.length > 0) signalIfThere(random.pick(workers), 'SIGKILL');
  }

  /** Resolves once all its processes stand still. */
  async freeze() {
    this.frozen = true;
    const { pids } = this;
    signalIfThere(-this.pid, 'SIGSTOP');
    while (!pids.every(isStopped)) await sleep(1);
    this.stops.push({ pids, fromMs: performance.now(), untilMs: Infinity });
  }

  thaw() {
    this.frozen = false;
    const stop = this.stops.at(-1);
    if (stop?.untilMs === Infinity) stop.untilMs = performance.now();
    if (this.#isAlive()) signalIfThere(-this.pid, 'SIGCONT');
  }

  /** The machine sleeps: processes and monotonic clock stand still, the wall clock goes on. */
  async sleep(ms) {
    await this.freeze();
    const fromMs = performance.now();
    await sleep(ms);
    this.clock.holdBack(performance.now() - fromMs);
    this.thaw();
  }

  /** Orders for preload.mjs; only the main process, or the one there is, takes them. */
  order(orders) {
    if (!this.up) return;
    writeFileSync(this.orders, JSON.stringify(orders));
    signalIfThere(this.pid, 'SIGUSR2');
  }

  log() {
    return readFileSync(join(this.directory, `verifier-${this.index}.log`), 'utf8');
  }

  #isAlive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #spawn(more) {
    this.clock?.reset();
    const log = openSync(join(this.directory, `verifier-${this.index}.log`), 'a');
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(RESCIND_|DATABASE_URL$|NODE_OPTIONS$|JEST_|NODE_ENV$)/.test(name),
    );
    this.#child = spawn(process.execPath, ['--import', PRELOAD, MAIN, 'serve'], {
      cwd: this.directory,
      env: { ...Object.fromEntries(own), ...this.environment, ...more },
      stdio: ['ignore', log, log],
      detached: true,
    });
    this.mainPids.push(this.pid);
    const child = this.#child;
    child.once('exit', () => {
      if (!this.up || child !== this.#child) return;
      this.up = false;
      this.deaths++;
      void this.start();
    });
  }
}
