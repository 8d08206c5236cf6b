import { Injectable } from '@nestjs/common';
import { AuditEventsRepository } from './audit-events.repository.js';
import type { StoredEvent } from '../trail/stored-event.js';

const POLL_MS = 300;
/** The most that one look returns of a log; a reader that is further behind reads by itself. */
const EVENTS_A_LOOK_MAX = 200;

/** What there is of a log from the sequence that was asked for. */
interface LogNews {
  /** Of the log; below the sequence that was asked for when there is nothing new. */
  size: number;
  /** All of it, to be filtered; null: too much, or nothing. */
  rows: readonly StoredEvent[] | null;
}

interface Reader {
  next: number;
  tell: (news: LogNews) => void;
}

/**
 * Reads the logs that live streams follow, once for all streams of a log: a small query for the sizes of all logs,
 * and one for the events of each that has grown, whatever the number of streams. Only while there are any.
 */
@Injectable()
export class LogWatch {
  private readonly readers = new Map<string, Set<Reader>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly events: AuditEventsRepository) {}

  /** Resolves once the log has an event `next`; without one after `timeoutMs`, or when `signal` aborts. */
  news(logId: string, next: number, timeoutMs: number, signal: AbortSignal): Promise<LogNews> {
    return new Promise((resolve) => {
      const readers = this.readers.get(logId) ?? new Set();
      const tell = (news: LogNews): void => {
        readers.delete(reader);
        if (readers.size === 0) this.readers.delete(logId);
        clearTimeout(timeout);
        signal.removeEventListener('abort', giveUp);
        resolve(news);
      };
      const reader: Reader = { next, tell };
      const giveUp = (): void => tell({ size: next - 1, rows: null });
      const timeout = setTimeout(giveUp, timeoutMs);
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) return giveUp();
      this.readers.set(logId, readers.add(reader));
      this.timer ??= setTimeout(() => void this.look(), POLL_MS);
    });
  }

  private async look(): Promise<void> {
    try {
      for (const [logId, size] of await this.events.sizes([...this.readers.keys()]))
        await this.tellOf(logId, size);
    } catch {
      // A database that does not answer now is asked again.
    }
    this.timer = this.readers.size === 0 ? undefined : setTimeout(() => void this.look(), POLL_MS);
  }

  private async tellOf(logId: string, size: number): Promise<void> {
    const behind = [...(this.readers.get(logId) ?? [])].filter(({ next }) => next <= size);
    if (behind.length === 0) return;
    const first = Math.max(Math.min(...behind.map(({ next }) => next)), size - EVENTS_A_LOOK_MAX + 1);
    const rows = await this.events.page(logId, {
      filter: { sequenceFrom: first, sequenceTo: size },
      order: 'ASC',
      count: EVENTS_A_LOOK_MAX,
      after: null,
    });
    for (const { next, tell } of behind)
      tell({ size, rows: next < first ? null : rows.filter(({ sequence }) => Number(sequence) >= next) });
  }
}
