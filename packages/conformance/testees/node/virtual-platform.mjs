/** A world in which time passes only when it is told to, and that tells what a verifier does in it. */
export class VirtualPlatform {
  monotonicMs = 1_000_000;
  #timers = new Set();
  #tasks = [];
  #connections = [];
  #calls = [];

  constructor(wallMs, tell) {
    this.wallMs = wallMs;
    this.platform = {
      clock: { monotonicMs: () => this.monotonicMs, wallMs: () => this.wallMs },
      every: (ms, task) => this.#timer(ms, ms, task),
      after: (ms, task) => this.#timer(ms, null, task),
      soon: (task) => void this.#tasks.push(task),
      random: () => 0,
      dial: (url, headers, dialled) => {
        const connection = this.#connections.push(dialled);
        tell({ event: 'dial', connection });
        return {
          send: (text) => tell({ event: 'send', connection, text }),
          ping: () => undefined,
          bufferedBytes: () => 0,
          close: (code) => tell({ event: 'close', connection, code }),
        };
      },
      fetch: (url, { body }) =>
        new Promise((resolve, reject) => {
          const call = this.#calls.push({ resolve, reject });
          tell({ event: 'call', call, url, body });
        }),
    };
  }

  connection(number) {
    return this.#connections[number - 1];
  }

  answer(number, status, body) {
    const { resolve, reject } = this.#calls[number - 1];
    if (status === undefined) reject(new TypeError('fetch failed'));
    else resolve(new Response(body, { status }));
  }

  /** Both clocks go on, and what is due on the way is done at its time. */
  async pass(ms) {
    const endMs = this.monotonicMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((one, other) => one.dueMs - other.dueMs);
      if (next === undefined || next.dueMs > endMs) break;
      this.#goTo(next.dueMs);
      if (next.everyMs === null) this.#timers.delete(next);
      else next.dueMs += next.everyMs;
      next.task();
      await this.settle();
    }
    this.#goTo(endMs);
  }

  /** What was put off to the end of this turn is done, and promises go as far as they can. */
  async settle() {
    for (let turn = 0; turn < 3; turn++) {
      for (const task of this.#tasks.splice(0)) task();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #goTo(ms) {
    this.wallMs += ms - this.monotonicMs;
    this.monotonicMs = ms;
  }

  #timer(ms, everyMs, task) {
    const timer = { dueMs: this.monotonicMs + ms, everyMs, task };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
}
