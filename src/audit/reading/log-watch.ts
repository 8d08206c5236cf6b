import { Injectable } from '@nestjs/common';
import { AuditEventsRepository, type LogPart } from './audit-events.repository.js';
import type { StoredEvent } from '../trail/stored-event.js';

const POLL_MS = 300;
/** A look at the logs with events of the last so many milliseconds finds what was written since the last look. */
const RECENT_MS = 10_000;
/** Events of a transaction that took longer are found by a look at all logs. */
const ALL_LOGS_MS = 15_000;
const LOGS_A_LOOK_MAX = 100;
const EVENTS_A_LOG_MAX = 20;
/** A reader that is further behind has to resume. */
const EVENTS_QUEUED_MAX = 5000;

/** Somebody who follows all logs. */
export class Follower {
  private readonly queue: (readonly StoredEvent[])[] = [];
  private queued = 0;
  private wake: (() => void) | undefined;
  /** More was written than the reader took: something was not handed over. */
  isTooSlow = false;

  offer(rows: readonly StoredEvent[]): void {
    if (this.queued + rows.length > EVENTS_QUEUED_MAX) this.isTooSlow = true;
    if (this.isTooSlow) this.queue.length = 0;
    else {
      this.queue.push(rows);
      this.queued += rows.length;
    }
    this.wake?.();
  }

  /** The next events; null if there are none within `timeoutMs`, if `signal` aborts, or if the reader is too slow. */
  async next(timeoutMs: number, signal: AbortSignal): Promise<readonly StoredEvent[] | null> {
    if (this.queue.length === 0 && !this.isTooSlow && !signal.aborted)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          this.wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        signal.addEventListener('abort', done);
        this.wake = done;
      });
    const rows = this.queue.shift() ?? null;
    this.queued -= rows?.length ?? 0;
    return rows;
  }
}

/**
 * Reads new events of all logs, once for all readers and only while there are any. Within each log nothing is left
 * out, since sequences have no gaps: a late commit is found with the next event of its log, or with the next look at
 * all.
 */
@Injectable()
export class AllLogsWatch {
  private readonly followers = new Set<Follower>();
  /** How far each log was handed over. Takes memory for each log that there is. */
  private handedOver = new Map<string, number>();
  private allLookedAtMs = 0;
  /** Resolves once the size of each log is known; undefined: nobody looks. */
  private begun: Promise<void> | undefined;

  constructor(private readonly events: AuditEventsRepository) {}

  /** Follows from now on, until `leave`. Rejects with the driver's error when that cannot be begun. */
  async follow(): Promise<Follower> {
    const follower = new Follower();
    this.followers.add(follower);
    this.begun ??= this.begin();
    await this.begun.catch((error: unknown) => {
      this.followers.delete(follower);
      throw error;
    });
    return follower;
  }

  leave(follower: Follower): void {
    this.followers.delete(follower);
  }

  private async begin(): Promise<void> {
    try {
      this.handedOver = await this.events.sizesOfAll(null);
    } catch (error) {
      this.begun = undefined;
      throw error;
    }
    this.allLookedAtMs = performance.now();
    void this.look();
  }

  private async look(): Promise<void> {
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      try {
        while (await this.handOver());
      } catch {
        // A database that does not answer now is asked again.
      }
    } while (this.followers.size > 0);
    this.begun = undefined;
    this.handedOver = new Map();
  }

  /** Whether there is more. */
  private async handOver(): Promise<boolean> {
    const isForAll = performance.now() - this.allLookedAtMs >= ALL_LOGS_MS;
    const sizes = await this.events.sizesOfAll(isForAll ? null : RECENT_MS);
    if (isForAll) this.allLookedAtMs = performance.now();
    const parts: LogPart[] = [];
    for (const [log, high] of sizes) {
      const low = this.handedOver.get(log) ?? 0;
      if (high > low) parts.push({ log, low, high });
    }
    if (parts.length === 0) return false;
    const now = parts.slice(0, LOGS_A_LOOK_MAX);
    const rows = await this.events.ofParts(now, EVENTS_A_LOG_MAX);
    const last = new Map<string, number>();
    for (const { business_id: log, sequence } of rows)
      last.set(log, Math.max(last.get(log) ?? 0, Number(sequence)));
    // A missing event, because of retention or otherwise, is not waited for.
    for (const { log, high } of now) this.handedOver.set(log, last.get(log) ?? high);
    for (const follower of this.followers) follower.offer(rows);
    if (this.followers.size === 0) return false;
    return (
      now.length < parts.length || now.some(({ log, high }) => (this.handedOver.get(log) as number) < high)
    );
  }
}

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
