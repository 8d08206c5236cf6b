import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** An event whose transaction the database has acknowledged. */
export interface AppendedEvent {
  log: string;
  sequence: number;
  /** Hexadecimal. */
  leaf: string;
  /** A server for which this one lies in the future is behind the one that acknowledged it, and knows nothing of the event. */
  transactionId: string;
}

const LOGS_MAX = 10_000;
const OVERTAKEN_MAX = 1000;

/**
 * The last event that this process wrote to each log, until it is sealed. It is not stored in the database: so if
 * somebody removes the newest events together with the head that counts them, this process notices. What was not
 * acknowledged is held against nobody: after a crash or a failover it may never have been, and its transaction's id may be
 * another's.
 */
@Injectable()
export class AppendedEvents {
  private readonly latest = new LRUCache<string, AppendedEvent>({ max: LOGS_MAX });
  private readonly overtaken = new Set<AppendedEvent>();

  /** @param sizeBefore of the log, as the database said when the event was written */
  note(event: AppendedEvent, sizeBefore: number): void {
    const before = this.latest.get(event.log);
    // The log was set back, or two acknowledgements are told in the other order.
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
