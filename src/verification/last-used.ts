import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loggableError } from '../common/errors/driver-error.js';
import { PeriodicService } from '../common/periodic-task.js';
import { verificationConfig } from '../config/verification.config.js';
import type { TokenFacts } from './token-facts.js';
import { TokenUsage } from './usage/token-usage.js';
import { UsageRepository } from './usage/usage.repository.js';

const TOKENS_PER_FLUSH_MAX = 5000;
const TOKENS_BUFFERED_MAX = 200_000;

/** Collects uses in memory and writes them in one forward-only UPDATE every few seconds: verifying writes nothing. */
@Injectable()
export class LastUsed extends PeriodicService {
  private readonly logger = new Logger(LastUsed.name);
  private noted = new Map<string, number>();
  protected override readonly endsWithRound = true;

  constructor(
    private readonly uses: UsageRepository,
    private readonly usage: TokenUsage,
    @Inject(verificationConfig.KEY) private readonly config: ConfigType<typeof verificationConfig>,
  ) {
    super(config.lastUsedFlushMs);
  }

  /** @param nowMs database time. Noted at most once a flush interval per token. */
  note(token: TokenFacts, nowMs: number): void {
    if (nowMs - token.notedAtMs < this.config.lastUsedFlushMs) return;
    token.notedAtMs = nowMs;
    if (this.noted.size < TOKENS_BUFFERED_MAX) this.noted.set(token.id, nowMs);
  }

  /** And, in the same intervals, the usage. */
  override async round(): Promise<void> {
    await this.flush();
    await this.usage.flush();
  }

  /**
   * Writes what has been noted, except for tokens that somebody is changing at this moment: the next flush tries those
   * again. If the database cannot be reached, the uses are dropped: last use is a convenience, not a record.
   */
  async flush(): Promise<void> {
    const noted = [...this.noted].sort(([left], [right]) => (left < right ? -1 : 1));
    this.noted = new Map();
    for (let start = 0; start < noted.length; start += TOKENS_PER_FLUSH_MAX) {
      const part = new Map(noted.slice(start, start + TOKENS_PER_FLUSH_MAX));
      try {
        for (const id of await this.uses.noteLastUses(part))
          if (!this.noted.has(id)) this.noted.set(id, part.get(id) as number);
      } catch (error) {
        this.logger.warn(
          { ...loggableError(error), stack: undefined },
          'The times of last use could not be written.',
        );
        return;
      }
    }
  }
}
