import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** An event as this process handed it to the database. */
export interface AppendedEvent {
  log: string;
  sequence: number;
  /** Hexadecimal. */
  leaf: string;
  /** It counts once this one is committed. */
  transactionId: string;
}

const LOGS_MAX = 10_000;
const OVERTAKEN_MAX = 1000;

/**
 * The last event that this process wrote to each log, until it is sealed. It is not stored in the database: so if
 * somebody removes the newest events together with the head that counts them, this process notices.
 */
@Injectable()
export class AppendedEvents {
  private readonly latest = new LRUCache<string, AppendedEvent>({ max: LOGS_MAX });
  private readonly overtaken = new Set<AppendedEvent>();

  /** @param sizeBefore of the log, as the database said when the event was written */
  note(event: AppendedEvent, sizeBefore: number): void {
    const before = this.latest.get(event.log);
    // Its transaction was rolled back, or the log was set back.
    if (before !== undefined && sizeBefore < before.sequence && this.overtaken.size < OVERTAKEN_MAX)
      this.overtaken.add(before);
    this.latest.set(event.log, event);
  }

  /** All that are remembered, at most `count`; those that the log should have gone past first. */
  some(count: number): AppendedEvent[] {
    return [...this.overtaken, ...this.latest.values()].slice(0, count);
  }

  forget(event: AppendedEvent): void {
    this.overtaken.delete(event);
    if (this.latest.peek(event.log) === event) this.latest.delete(event.log);
  }
}
