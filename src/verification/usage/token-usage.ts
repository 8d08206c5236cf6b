import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loggableError } from '../../common/errors/driver-error.js';
import { usageConfig } from '../../config/usage.config.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { monotonicMs } from '../../verifiers/monotonic.js';
import type { TokenFacts } from '../token-facts.js';
import {
  HOUR_MS,
  hourOf,
  type PresentedFrom,
  type TokenTally,
  type UsageOutcome,
  UsageTally,
} from './usage-tally.js';
import { UsageRepository, usageRows } from './usage.repository.js';
import { PeriodicService } from '../../common/periodic-task.js';

const TOKENS_PER_FLUSH_MAX = 2000;

/**
 * Counts verdicts by token and hour, and where good tokens were presented from and what for. In memory: what a process has not written
 * when it is killed, or cannot write because the database is away, is lost (docs/adr/0070-usage-of-tokens.md, 0076-asked-scopes.md).
 */
@Injectable()
export class TokenUsage {
  private readonly logger = new Logger(TokenUsage.name);
  private current: UsageTally | null = null;
  /** Of hours that are over. */
  private closed: UsageTally[] = [];

  constructor(
    private readonly repository: UsageRepository,
    private readonly clock: DatabaseClock,
    @Inject(usageConfig.KEY) private readonly config: ConfigType<typeof usageConfig>,
  ) {}

  /**
   * Counts one verdict, once it is certain that it is answered.
   * @param atMs a reading of the monotonic clock
   * @param count how many there were, where several are told at once
   */
  note(
    token: TokenFacts,
    outcome: UsageOutcome,
    presented: PresentedFrom,
    atMs = monotonicMs(),
    count = 1,
  ): void {
    if (this.config.recording === 'off' || token.session !== null) return;
    const nowMs = this.clock.at(atMs);
    this.tallyAt(nowMs).add(token, outcome, presented, nowMs, count);
  }

  /**
   * Notes what a good token had to have, where that is found out apart from the verdict; null: nobody says. No verdict is
   * counted.
   * @param atMs a reading of the monotonic clock
   */
  noteAsked(token: TokenFacts, scopes: readonly string[] | null, atMs = monotonicMs()): void {
    if (this.config.recording === 'off' || token.business === null || token.session !== null) return;
    const nowMs = this.clock.at(atMs);
    this.tallyAt(nowMs).ask(token, scopes, nowMs);
  }

  /** Writes what has been counted. Does not throw: usage is a courtesy, and no record. */
  async flush(): Promise<void> {
    const tallies = this.current === null ? this.closed : [...this.closed, this.current];
    this.closed = [];
    this.current = null;
    try {
      for (const tally of tallies) await this.write(tally);
    } catch (error) {
      this.logger.warn(
        { ...loggableError(error), stack: undefined },
        'The usage of tokens could not be written.',
      );
    }
  }

  private async write(tally: UsageTally): Promise<void> {
    const part: [TokenFacts, TokenTally][] = [];
    const writePart = async (): Promise<void> =>
      this.repository.write(tally.hourMs, usageRows(part.splice(0)));
    for (const entry of tally.entries()) if (part.push(entry) === TOKENS_PER_FLUSH_MAX) await writePart();
    if (part.length > 0) await writePart();
  }

  private tallyAt(nowMs: number): UsageTally {
    const { current } = this;
    if (current !== null && nowMs >= current.hourMs && nowMs < current.hourMs + HOUR_MS) return current;
    if (current !== null) this.closed.push(current);
    // Once an hour; more often only where a clock goes wrong, and then nothing of before is worth the room.
    if (this.closed.length > 2) this.closed.shift();
    this.current = new UsageTally(hourOf(nowMs), this.config.recording === 'full');
    return this.current;
  }
}

const EVERY_MS = 600_000;
/** So that what is switched off is gone soon. */
const FIRST_MS = 30_000;
/** Some ten milliseconds each. */
const ROWS_A_STEP = 2000;
const DAY_MS = 86_400_000;

/**
 * Deletes usage that is older than it is to be kept, and all of what is not to be recorded. One process does it at a time,
 * in transactions of some rows each.
 */
@Injectable()
export class UsagePurge extends PeriodicService {
  protected override readonly firstAfterMs = FIRST_MS;

  constructor(
    private readonly usage: UsageRepository,
    private readonly clock: DatabaseClock,
    @Inject(usageConfig.KEY) private readonly config: ConfigType<typeof usageConfig>,
  ) {
    super(EVERY_MS, 'Usage', 'Usage could not be deleted; it will be retried.');
  }

  override async round(stopped: AbortSignal): Promise<void> {
    const { recording, days } = this.config;
    const before = recording === 'off' ? 'infinity' : new Date(this.clock.nowMs() - days * DAY_MS);
    while (!stopped.aborted && (await this.usage.deleteHours(before, ROWS_A_STEP)) > 0);
    await this.usage.deleteHoursOfBusinesses(before);
    if (recording === 'full') return;
    while (!stopped.aborted && (await this.usage.deleteOrigins(ROWS_A_STEP)) > 0);
    if (recording === 'counts') return;
    while (!stopped.aborted && (await this.usage.deleteAsked(ROWS_A_STEP)) > 0);
  }
}
