import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditSinksConfig, type SinkFormat, type SinkSettings } from '../../config/audit-sinks.config.js';
import { whileLeading } from '../../database/leadership.js';
import { GenuineEvents } from '../reading/genuine-events.js';
import { HttpsSink } from './https-sink.js';
import { type SinkCursor, SinkCursors } from './sink-cursors.repository.js';
import { type OutgoingEvent, ReceiverBusy, type Sink } from './sink.js';
import { SyslogSink } from './syslog-sink.js';
import { loggableError } from '../../common/errors/driver-error.js';
import { eventOf, type StoredEvent } from '../trail/stored-event.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import { ocsfLine } from './ocsf.js';

/**
 * An event as one line. `native` is its RFC 8785 canonical JSON, whose hash is its leaf in the log. OCSF contains sequence
 * and leaf, so that a gap or a change can be detected.
 */
export const LINE_OF: Readonly<Record<SinkFormat, (outgoing: OutgoingEvent) => string>> = {
  native: ({ event }) => canonicalEvent(event),
  ocsf: ocsfLine,
};

const POLL_MS = 500;
/** The pause before the next look, as a multiple of the time that it took to find nothing. */
const IDLE_SHARE = 20;
/** Checking and writing more at once would block the event loop. */
const EVENTS_A_TURN = 50;
/** After so many accepted batches in a row, larger ones are tried. */
const SUCCESSES_TO_GROW = 8;
const BACKOFF_MS = { first: 500, max: 60_000 };

/**
 * Sends recorded events to one sink, each log in order, at least once: a cursor moves after the sink has accepted
 * everything before it. While the sink cannot be reached or does not answer, nothing else waits for it.
 */
class SinkDelivery {
  /** Batches that the sink did not accept, since the start of this process. */
  failures = 0;
  private begun = false;
  private streak = 0;
  private successes = 0;
  /** Events of the batch that was tried last. */
  private batch = Infinity;
  private batchMax: number;

  constructor(
    private readonly settings: SinkSettings,
    private readonly sink: Sink,
    private readonly cursors: SinkCursors,
    private readonly genuine: GenuineEvents,
    private readonly logger: Logger,
  ) {
    this.batchMax = sink.batchMax;
  }

  get name(): string {
    return this.settings.name;
  }

  /** Delivers until it is stopped. Never rejects. */
  async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const waitMs = await this.attempt(stopped);
      if (waitMs > 0) await delay(waitMs, undefined, { signal: stopped }).catch(() => undefined);
    }
    await this.sink.close().catch(() => undefined);
  }

  /** @returns for how long to wait before the next one */
  private async attempt(stopped: AbortSignal): Promise<number> {
    try {
      await this.begin();
      const askedAtMs = performance.now();
      const rows = await this.cursors.next(this.name, this.batchMax);
      // With very many logs the query itself takes long.
      if (rows.length === 0) return Math.max(POLL_MS, (performance.now() - askedAtMs) * IDLE_SHARE);
      this.batch = rows.length;
      await this.deliver(rows, stopped);
      await this.cursors.move(this.name, cursorsBehind(rows));
    } catch (error) {
      return stopped.aborted ? 0 : this.failed(error);
    }
    if (this.streak > 0) this.logger.log(`The audit sink ${this.name} accepts events again.`);
    this.streak = 0;
    this.successes += 1;
    if (this.successes % SUCCESSES_TO_GROW === 0)
      this.batchMax = Math.min(this.batchMax * 2, this.sink.batchMax);
    return 0;
  }

  private async begin(): Promise<void> {
    if (this.begun) return;
    if (this.settings.from === 'now') await this.cursors.beginNow(this.name);
    this.begun = true;
  }

  /** Rows that this service did not write raise a fault, and are left out. */
  private async deliver(rows: readonly StoredEvent[], stopped: AbortSignal): Promise<void> {
    const outgoing: OutgoingEvent[] = [];
    const lines: string[] = [];
    for (let at = 0; at < rows.length; at += EVENTS_A_TURN) {
      for (const row of await this.genuine.genuine(rows.slice(at, at + EVENTS_A_TURN))) {
        const event = { event: eventOf(row), leafHash: row.leaf_hash.toString('base64') };
        outgoing.push(event);
        lines.push(LINE_OF[this.settings.format](event));
      }
      await nextTurn();
    }
    if (lines.length > 0) await this.sink.deliver(lines, outgoing, stopped);
  }

  private failed(error: unknown): number {
    this.failures += 1;
    this.streak += 1;
    // A receiver that fails in the middle of a batch accepts more of a small one.
    this.batchMax = Math.max(1, Math.floor(Math.min(this.batchMax, this.batch) / 2));
    this.successes = 0;
    if (this.streak === 1)
      this.logger.warn(
        loggableError(error),
        `The audit sink ${this.name} does not take events; it will be retried.`,
      );
    const backoffMs = Math.min(BACKOFF_MS.first * 2 ** Math.min(this.streak - 1, 10), BACKOFF_MS.max);
    return Math.max(
      backoffMs * (0.75 + Math.random() / 2),
      error instanceof ReceiverBusy ? error.retryAfterMs : 0,
    );
  }
}

function cursorsBehind(rows: readonly StoredEvent[]): SinkCursor[] {
  const last = new Map(rows.map(({ business_id, sequence }) => [business_id, Number(sequence)]));
  return [...last].map(([logId, sequence]) => ({ logId, sequence }));
}

/** How long nobody delivers after the delivering process has ended. */
const STAND_BY_MS = 1000;

/**
 * Sends every log to every sink. One process does this, as long as its transaction holds the lock; if it dies or is
 * frozen, PostgreSQL ends the transaction, and another process continues from the cursors.
 */
@Injectable()
export class Sinks extends PeriodicService {
  private readonly deliveries: SinkDelivery[];

  constructor(
    @Inject(auditSinksConfig.KEY) { sinks }: ConfigType<typeof auditSinksConfig>,
    private readonly dataSource: DataSource,
    private readonly cursors: SinkCursors,
    genuine: GenuineEvents,
  ) {
    super(STAND_BY_MS);
    const logger = new Logger('Audit');
    this.deliveries = sinks.map(
      (settings) => new SinkDelivery(settings, sinkOf(settings), cursors, genuine, logger),
    );
  }

  /** Of this process, by sink. */
  get failures(): [string, number][] {
    return this.deliveries.map(({ name, failures }) => [name, failures]);
  }

  /** By sink, for how many seconds the oldest event that it has not accepted has waited; NaN where the database cannot be asked. */
  lags(): Promise<[string, number][]> {
    return Promise.all(
      this.deliveries.map(async ({ name }): Promise<[string, number]> => [
        name,
        await this.cursors.lagSeconds(name).catch(() => NaN),
      ]),
    );
  }

  protected override get isWanted(): boolean {
    return this.deliveries.length > 0;
  }

  /** Delivers until it is stopped, if this process gets the lock. */
  override round(stopped: AbortSignal): Promise<void> {
    return whileLeading(this.dataSource, 'audit_sinks', stopped, (over) =>
      Promise.all(this.deliveries.map((delivery) => delivery.run(over))),
    );
  }
}

function sinkOf(settings: SinkSettings): Sink {
  return settings.type === 'https' ? new HttpsSink(settings) : new SyslogSink(settings);
}
