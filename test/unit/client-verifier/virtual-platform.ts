import type { DialEvents, Platform } from '../../../packages/verifier/src/platform.js';

interface Timer {
  dueMs: number;
  everyMs: number | null;
  task: () => void;
}

/** One connection that the verifier has begun, from the other end. */
interface FakeConnection {
  readonly events: DialEvents;
  readonly headers: Record<string, string>;
  readonly url: string;
  readonly sent: Record<string, unknown>[];
  closedWith: number | null;
}

interface HttpCall {
  readonly url: string;
  readonly init: RequestInit;
  readonly answer: (response: Response | null) => void;
}

/** A world in which time passes only when it is told to, and every message is written by the test. */
export class VirtualPlatform {
  monotonicMs = 1_000_000;
  wallMs: number;
  readonly connections: FakeConnection[] = [];
  readonly httpCalls: HttpCall[] = [];
  private readonly timers = new Set<Timer>();
  private tasks: (() => void)[] = [];

  constructor(wallMs: number) {
    this.wallMs = wallMs;
  }

  get connection(): FakeConnection {
    const latest = this.connections.at(-1);
    if (latest === undefined) throw new Error('nothing was dialled');
    return latest;
  }

  readonly platform: Platform = {
    clock: { monotonicMs: () => this.monotonicMs, wallMs: () => this.wallMs },
    every: (ms, task) => this.timer(ms, ms, task),
    after: (ms, task) => this.timer(ms, null, task),
    soon: (task) => void this.tasks.push(task),
    random: () => 0,
    dial: (url, headers, events) => {
      const connection: FakeConnection = { url, headers, events, sent: [], closedWith: null };
      this.connections.push(connection);
      return {
        send: (text) => void connection.sent.push(JSON.parse(text) as Record<string, unknown>),
        ping: () => undefined,
        bufferedBytes: () => 0,
        close: (code) => (connection.closedWith = code),
      };
    },
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        this.httpCalls.push({
          url: url as string,
          init: init as RequestInit,
          answer: (response) =>
            response === null ? reject(new TypeError('fetch failed')) : resolve(response),
        });
      }),
  };

  /** Both clocks go on, and what is due on the way is done. */
  async pass(ms: number, onTheWay: () => void = () => undefined): Promise<void> {
    const endMs = this.monotonicMs + ms;
    for (;;) {
      const next = [...this.timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.goTo(next.dueMs);
      onTheWay();
      if (next.everyMs === null) this.timers.delete(next);
      else next.dueMs += next.everyMs;
      next.task();
      await this.settle();
    }
    this.goTo(endMs);
    await this.settle();
  }

  /** What was put off to the end of this turn is done, and promises go as far as they can. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      const due = this.tasks;
      this.tasks = [];
      for (const task of due) task();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private goTo(ms: number): void {
    this.wallMs += ms - this.monotonicMs;
    this.monotonicMs = ms;
  }

  private timer(ms: number, everyMs: number | null, task: () => void): () => void {
    const timer = { dueMs: this.monotonicMs + ms, everyMs, task };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }
}
