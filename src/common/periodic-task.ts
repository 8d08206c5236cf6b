import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
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
  /** undefined: no round is to come, or one is under way. */
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
      this.timer = undefined;
      this.round = this.run(this.stopping.signal).finally(() => {
        if (!this.isStopping) this.start();
      });
    }, firstAfterMs).unref();
  }

  /** The next round begins now, where one is to come. */
  hurry(): void {
    if (this.timer === undefined || this.isStopping) return;
    clearTimeout(this.timer);
    this.start(0);
  }

  get isStopping(): boolean {
    return this.stopping.signal.aborted;
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
  protected readonly rounds: PeriodicTask;
  /** Milliseconds until the first round; undefined: an interval. */
  protected readonly firstAfterMs: number | undefined;
  /** Whether a last round follows: what was collected is written then. */
  protected readonly endsWithRound: boolean = false;
  private hasBegun = false;

  /**
   * @param everyMs from the end of a round to the beginning of the next
   * @param context whose the warning is; left out: `round` tells of what fails by itself
   * @param message the warning about a round that fails
   */
  constructor(everyMs: number, context?: string, message = '') {
    const failure = context === undefined ? undefined : { logger: new Logger(context), message };
    this.rounds = new PeriodicTask((stopped) => this.round(stopped), everyMs, failure);
  }

  /** @param stopped is aborted when the round should end early */
  abstract round(stopped: AbortSignal): Promise<void>;

  /** Whether the settings leave anything to do. */
  protected get isWanted(): boolean {
    return true;
  }

  onApplicationBootstrap(): void {
    if (!this.isWanted) return;
    this.hasBegun = true;
    this.rounds.start(this.firstAfterMs);
  }

  /** What has not begun, because its secrets were refused, changes nothing at its end either. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.hasBegun) return;
    await (this.endsWithRound ? this.rounds.finish() : this.rounds.stop());
  }
}
