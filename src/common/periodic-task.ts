import type { BeforeApplicationShutdown, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { loggableError } from './errors/driver-error.js';

/** What is said, as a warning, of each round that fails. */
interface Failure {
  logger: Logger;
  message: string;
}

/**
 * Work that is done again and again, never twice at once: `everyMs` after a round has ended the next one begins. A round
 * that fails is followed by the next all the same.
 */
export class PeriodicTask {
  private static isHeld = false;
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  /**
   * @param work should end early once `stopped` is aborted
   * @param failure left out: nobody is told of a round that fails, but by `work` itself
   */
  constructor(
    private readonly work: (stopped: AbortSignal) => Promise<void>,
    private readonly everyMs: number,
    private readonly failure?: Failure,
  ) {}

  /** In this process no round of any task begins: a command that judges the database must not change it meanwhile. */
  static holdAll(): void {
    PeriodicTask.isHeld = true;
  }

  /** Keeps no process alive. */
  start(firstAfterMs = this.everyMs): void {
    if (PeriodicTask.isHeld) return;
    this.timer = setTimeout(() => {
      this.round = this.run(this.stopping.signal).finally(() => {
        if (!this.stopping.signal.aborted) this.start();
      });
    }, firstAfterMs).unref();
  }

  /** Resolves once no round is under way; none begins any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.round;
  }

  /** As `stop`, and after one round more, which nobody stops. */
  async finish(): Promise<void> {
    await this.stop();
    if (!PeriodicTask.isHeld) await this.run(new AbortController().signal);
  }

  private async run(stopped: AbortSignal): Promise<void> {
    try {
      await this.work(stopped);
    } catch (error) {
      this.failure?.logger.warn(loggableError(error), this.failure.message);
    }
  }
}

/** A provider whose rounds begin with the application, and end with it. */
export abstract class PeriodicService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  protected abstract readonly rounds: PeriodicTask;
  /** Milliseconds until the first round; undefined: an interval. */
  protected readonly firstAfterMs: number | undefined;
  /** Whether a last round follows: what was collected is written then. */
  protected readonly endsWithRound: boolean = false;

  /** Whether the settings leave anything to do. */
  protected get isWanted(): boolean {
    return true;
  }

  onApplicationBootstrap(): void {
    if (this.isWanted) this.rounds.start(this.firstAfterMs);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.endsWithRound ? this.rounds.finish() : this.rounds.stop();
  }
}
