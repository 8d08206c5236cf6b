import { type Clock, pause } from './clock.js';

/** Lets a loop sleep until it is woken, and lets others wait for its next complete round. */
class WakeSignal {
  private wanted = false;
  private ring: (() => void) | null = null;
  private waiting: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** Wakes the loop, or keeps it from sleeping next time. */
  notify(): void {
    this.wanted = true;
    this.ring?.();
  }

  /** Sleeps until woken or until `ms` have passed. */
  async waitFor(ms: number): Promise<void> {
    if (this.wanted) return;
    const sleep = pause(this.clock, ms);
    this.ring = sleep.end;
    await sleep.over;
    this.ring = null;
  }

  /** Called when a round begins: it serves everybody who asked before, once it has ended. */
  beginRound(): { servesThisProcess: boolean; done: () => void } {
    this.wanted = false;
    const served = this.waiting;
    this.waiting = [];
    return { servesThisProcess: served.length > 0, done: () => served.forEach((resolve) => resolve()) };
  }

  /** Resolves when a round that has not begun yet has ended. */
  nextRound(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.notify();
    });
  }
}

/** When to try again after a failed round, and whether an urgent request may try sooner. */
export interface Retry {
  afterMs: number;
  canBeHurried: boolean;
}

interface VerifierRounds {
  /**
   * @param confirmationOwed somebody may be waiting for this round, which confirms what an earlier one applied
   * @param servesThisProcess somebody in this process waits for it
   * @returns whether somebody may be waiting for the next one, which confirms what this one applied
   */
  round(confirmationOwed: boolean, servesThisProcess: boolean): Promise<boolean>;
  /** When the next round is due if there is no urgent request; monotonic time. */
  dueAtMs(): number;
  failed(error: unknown): Retry;
}

/**
 * Runs the rounds of a verifier, one at a time: when one is due, on an urgent request, and at once while a confirmation
 * is owed.
 */
export class RoundLoop {
  private readonly wake: WakeSignal;
  isEnding = false;
  private endRest: () => void = () => undefined;
  private running: Promise<void> | null = null;
  private confirmationOwed = false;

  constructor(
    private readonly clock: Clock,
    private readonly rounds: VerifierRounds,
  ) {
    this.wake = new WakeSignal(clock);
  }

  start(): void {
    this.running = this.run();
  }

  /** Requests a round at once, or after the one that is in progress. */
  hurry(): void {
    this.wake.notify();
  }

  /** A round that confirms what has been applied. */
  oweConfirmation(): void {
    this.confirmationOwed = true;
    this.wake.notify();
  }

  /** Starts no more rounds; resolves when none is in progress. */
  async end(): Promise<void> {
    this.isEnding = true;
    this.endRest();
    this.wake.notify();
    await this.running;
  }

  /**
   * Resolves after a round that begins after this call, whether it succeeds or not, and after `ms` at the latest. Does
   * not throw.
   */
  async next(ms: number): Promise<void> {
    if (this.running === null || this.isEnding) return;
    const patience = pause(this.clock, ms);
    await Promise.race([this.wake.nextRound(), patience.over]);
    patience.end();
  }

  private async run(): Promise<void> {
    while (!this.isEnding) {
      const finished = this.wake.beginRound();
      let pauseMs = 0;
      let canBeHurried = true;
      try {
        const owed = this.confirmationOwed;
        this.confirmationOwed = false;
        if (await this.rounds.round(owed, finished.servesThisProcess)) this.confirmationOwed = true;
        if (!this.confirmationOwed) pauseMs = this.rounds.dueAtMs() - this.clock.monotonicMs();
      } catch (error) {
        ({ afterMs: pauseMs, canBeHurried } = this.rounds.failed(error));
      }
      finished.done();
      if (pauseMs > 0) await (canBeHurried ? this.wake.waitFor(pauseMs) : this.rest(pauseMs));
    }
  }

  private async rest(ms: number): Promise<void> {
    if (this.isEnding) return;
    const rest = pause(this.clock, ms);
    this.endRest = rest.end;
    await rest.over;
  }
}
