import type { Clock } from '../../../src/lease/clock.js';
import type { Loop } from './loop.js';

/** When the world begins, as its wall clocks would have it if they were right. */
const EPOCH_MS = 1_800_000_000_000;

/** A machine with one process: its clocks, its timers, and what keeps it from running. */
export class Host implements Clock {
  alive = true;
  /** By how much its wall clock is wrong. */
  wallErrorMs = 0;
  private frozenUntilMs = 0;
  private sleptMs = 0;
  private readonly deferred: { task: () => void; isTimer: boolean }[] = [];

  /** @param rate of its monotonic clock, against true time */
  constructor(
    readonly name: string,
    readonly loop: Loop,
    private readonly rate: number,
  ) {}

  monotonicMs(): number {
    return (this.loop.nowMs - this.sleptMs) * this.rate + 1000;
  }

  wallMs(): number {
    return EPOCH_MS + this.loop.nowMs + this.wallErrorMs;
  }

  after(ms: number, task: () => void): () => void {
    const dueMs = this.monotonicMs() + Math.max(ms, 0);
    let isWanted = true;
    const wait = (): void => {
      this.loop.in((dueMs - this.monotonicMs()) / this.rate, () => {
        if (!isWanted || !this.alive) return;
        // It has slept meanwhile.
        if (this.monotonicMs() < dueMs - 1e-6) return wait();
        this.run(() => {
          if (isWanted) task();
        }, true);
      });
    };
    wait();
    return () => (isWanted = false);
  }

  every(ms: number, task: () => void): () => void {
    let stop = (): void => undefined;
    const again = (): void => {
      stop = this.after(ms, () => {
        again();
        task();
      });
    };
    again();
    return () => stop();
  }

  soon(task: () => void): void {
    this.loop.in(0, () => this.run(task));
  }

  /** Runs `task` in a turn of its event loop: at once, once it is not frozen any more, or never. */
  run(task: () => void, isTimer = false): void {
    if (!this.alive) return;
    if (this.loop.nowMs < this.frozenUntilMs) this.deferred.push({ task, isTimer });
    else task();
  }

  /** Its process stands still; its clocks go on. */
  freeze(ms: number): void {
    this.frozenUntilMs = Math.max(this.frozenUntilMs, this.loop.nowMs + ms);
    this.loop.at(this.frozenUntilMs, () => this.thaw());
  }

  /** The machine sleeps: the monotonic clock stands still as well. */
  sleep(ms: number): void {
    this.freeze(ms);
    this.sleptMs += ms;
  }

  get isFrozen(): boolean {
    return this.loop.nowMs < this.frozenUntilMs;
  }

  /** As Node.js does after a stall: first its timers, then what has arrived. */
  private thaw(): void {
    if (this.isFrozen) return;
    const due = this.deferred.splice(0);
    for (const { task } of due.filter(({ isTimer }) => isTimer)) this.loop.in(0, () => this.run(task, true));
    for (const { task } of due.filter(({ isTimer }) => !isTimer)) this.loop.in(0, () => this.run(task));
  }
}
