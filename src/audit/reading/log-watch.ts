import { Injectable } from '@nestjs/common';
import { AuditEventsRepository } from './audit-events.repository.js';

const POLL_MS = 300;

/** Tells readers of live streams when their log has grown: one small query for all of them, only while there are any. */
@Injectable()
export class LogWatch {
  private readonly waiting = new Map<string, Set<(size: number) => void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly events: AuditEventsRepository) {}

  /**
   * Resolves with the size of the log once it is over `size`; with `size` itself after `timeoutMs`, or when
   * `signal` aborts.
   */
  growth(logId: string, size: number, timeoutMs: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      const waiters = this.waiting.get(logId) ?? new Set();
      const settle = (present: number): void => {
        waiters.delete(look);
        if (waiters.size === 0) this.waiting.delete(logId);
        clearTimeout(timeout);
        signal.removeEventListener('abort', giveUp);
        resolve(present);
      };
      const look = (present: number): void => {
        if (present > size) settle(present);
      };
      const giveUp = (): void => settle(size);
      const timeout = setTimeout(giveUp, timeoutMs);
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) return giveUp();
      this.waiting.set(logId, waiters.add(look));
      this.timer ??= setTimeout(() => void this.poll(), POLL_MS);
    });
  }

  private async poll(): Promise<void> {
    // A database that does not answer just now is asked again.
    const sizes = await this.events.sizes([...this.waiting.keys()]).catch(() => new Map<string, number>());
    for (const [logId, size] of sizes) for (const look of [...(this.waiting.get(logId) ?? [])]) look(size);
    this.timer = this.waiting.size === 0 ? undefined : setTimeout(() => void this.poll(), POLL_MS);
  }
}
