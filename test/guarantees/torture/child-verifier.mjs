// @ts-check
import { fork } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTCOMES, WAYS } from './history.mjs';
import { ADMINISTRATORS_SCOPE } from './owners.mjs';
import { isStopped, signalIfThere } from './processes.mjs';
import { StreamProxy } from './stream-proxy.mjs';

const PROGRAM = fileURLToPath(new URL('./child-program.mjs', import.meta.url));
const PRELOAD = new URL('./preload.mjs', import.meta.url).href;
/** As verifiers of the history they come after the servers. */
export const CHILDREN_FROM = 100;
const FIELDS = 6;
const FINISH_MS_MAX = 3000;
const ANSWER_MS_MAX = 1500;
const UP_MS_MAX = 30_000;
/** Where tokens that are bound to addresses are presented from. */
const PRESENTED_FROM = '203.0.113.7';

/** The ways of asking that a client verifier knows (history.mjs), and what it is asked then. */
const QUESTIONS = {
  verify: {},
  scoped: { scopes: [ADMINISTRATORS_SCOPE] },
  addressed: { ip: PRESENTED_FROM },
};

/**
 * A program with a client verifier, its stream behind proxies of its own, to be frozen, killed and lied to. What it is
 * answered is written into the history as the answers of servers are.
 */
export class ChildVerifier {
  #process = null;
  #finished = () => undefined;
  up = false;
  frozen = false;
  /** How often it ended though nobody had ended it. */
  deaths = 0;
  counts = { verdicts: 0, fromMemory: 0, unavailable: 0 };

  /** @param {{place: number, proxies: StreamProxy[], directory: string, history: any, options: any, business: string | null, environment: Record<string, string>}} made */
  constructor({ place, proxies, directory, history, options, business, environment }) {
    this.index = CHILDREN_FROM + place;
    this.proxies = proxies;
    this.history = history;
    this.options = options;
    this.business = business;
    this.directory = directory;
    this.orders = join(directory, `orders-child-${place}.json`);
    this.environment = { ...environment, TORTURE_ORDERS: this.orders };
  }

  /**
   * @param {number} place
   * @param {any} world
   * @param {{secret: string, business: string | null, max: number}} terms whose credential, which tokens it sees, how many it remembers
   */
  static async create(place, world, { secret, business, max }) {
    const { verifiers, directory, history, options, random } = world;
    // Two of the servers each, in an order of its own.
    const chosen = [0, 1].map((step) => verifiers[(place + step) % verifiers.length]);
    const proxies = [];
    for (const { port } of new Set(chosen)) proxies.push(await StreamProxy.open(port));
    const environment = {
      PATH: process.env.PATH ?? '',
      TORTURE_ROLE: 'child',
      TORTURE_WALL_OFFSET_MS: String(Math.round(random.between(-1, 1) * 86_400_000 * place)),
      ...(options.sabotage ? { TORTURE_SABOTAGE: options.sabotage } : {}),
    };
    const url = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
    const name = `child-${place}`;
    const child = new ChildVerifier({
      place,
      proxies,
      directory,
      history,
      options: { url, token: secret, max, name, timeoutMs: ANSWER_MS_MAX },
      business,
      environment,
    });
    await child.start();
    return child;
  }

  get pid() {
    return this.#process?.pid;
  }

  async start() {
    const log = openSync(join(this.directory, `${this.options.name}.log`), 'a');
    const child = fork(PROGRAM, [], {
      cwd: this.directory,
      env: this.environment,
      execArgv: ['--import', PRELOAD],
      serialization: 'advanced',
      stdio: ['ignore', log, log, 'ipc'],
    });
    this.#process = child;
    await new Promise((resolve, reject) => {
      const overdue = setTimeout(() => reject(new Error(`${this.options.name} did not start`)), UP_MS_MAX);
      child.on('message', (/** @type {any} */ message) => {
        if (message.up) resolve(clearTimeout(overdue));
        else if (message.verdicts) this.#write(message.verdicts);
        else if (message.finished) this.#finished();
      });
    });
    this.#tell({ what: 'create', options: this.options, ways: WAYS, outcomes: OUTCOMES });
    this.up = true;
    child.once('exit', () => {
      if (!this.up || child !== this.#process) return;
      this.up = false;
      this.deaths++;
    });
  }

  async kill() {
    this.up = false;
    if (this.frozen) this.thaw();
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async freeze() {
    this.frozen = true;
    signalIfThere(this.pid, 'SIGSTOP');
    while (!isStopped(this.pid)) await sleep(1);
  }

  thaw() {
    this.frozen = false;
    if (this.up) signalIfThere(this.pid, 'SIGCONT');
  }

  /** Orders for preload.mjs. */
  order(orders) {
    if (!this.up) return;
    writeFileSync(this.orders, JSON.stringify(orders));
    signalIfThere(this.pid, 'SIGUSR2');
  }

  /**
   * Has it ask about those that it may see.
   * @param {any[]} tokens
   * @param {boolean} now at once, whatever its memory knows
   */
  watch(tokens, now) {
    if (!this.up) return;
    const theirs = tokens.filter((token) => this.#sees(token)).map((token) => this.#asked(token));
    if (theirs.length > 0) this.#tell({ what: 'watch', tokens: theirs, now });
  }

  /** Resolves once it has told all that it was answered. */
  async finish() {
    if (!this.up) return;
    const told = new Promise((resolve) => (this.#finished = () => resolve(undefined)));
    this.#tell({ what: 'finish' });
    await Promise.race([told, sleep(FINISH_MS_MAX)]);
  }

  /** Not those of the platform, and none whose uses count: a use may be lost with the connection that it was asked over. */
  #sees({ number, business }) {
    const isTheirs = business !== null && (this.business === null || this.business === business);
    return isTheirs && this.history.tokens[number].usesMax === Infinity;
  }

  #asked({ number, secret, ways }) {
    const way = ways.find((each) => each === 'scoped' || each === 'addressed') ?? 'verify';
    return { number, secret, way, question: QUESTIONS[way] };
  }

  #tell(message) {
    if (this.#process?.connected) this.#process.send(message, () => undefined);
  }

  #write(verdicts) {
    // What the clock of this process is behind that of the machine.
    const [seconds, nanoseconds] = process.hrtime();
    const aheadMs = seconds * 1000 + nanoseconds / 1e6 - performance.now();
    for (let at = 0; at < verdicts.length; at += FIELDS) {
      const [token, way, outcome, startMs, endMs, fromMemory] = verdicts.subarray(at, at + FIELDS);
      const name = OUTCOMES[outcome];
      if (name === undefined) continue;
      this.history.addVerification({
        token,
        verifier: this.index,
        way: WAYS[way],
        outcome: name,
        startMs: startMs - aheadMs,
        endMs: endMs - aheadMs,
      });
      if (name === 'unavailable') this.counts.unavailable++;
      else this.counts.verdicts++;
      this.counts.fromMemory += fromMemory;
    }
  }
}
