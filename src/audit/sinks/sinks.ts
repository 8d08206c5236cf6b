import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditSinksConfig, type SinkSettings } from '../../config/audit-sinks.config.js';
import { whileLeading } from '../../database/leadership.js';
import { GenuineEvents } from '../reading/genuine-events.js';
import { HttpsSink } from './https-sink.js';
import { SinkCursors } from './sink-cursors.repository.js';
import { SinkDelivery } from './sink-delivery.js';
import type { Sink } from './sink.js';
import { SyslogSink } from './syslog-sink.js';

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
    const tools = { cursors, genuine, logger: new Logger('Audit') };
    this.deliveries = sinks.map((settings) => new SinkDelivery(settings, sinkOf(settings), tools));
  }

  /** Names of the sinks. */
  get names(): string[] {
    return this.deliveries.map(({ name }) => name);
  }

  /** Of this process, by sink. */
  get failures(): [string, number][] {
    return this.deliveries.map(({ name, failures }) => [name, failures]);
  }

  /** How long the oldest event that a sink has not accepted has been waiting. */
  lagSeconds(sink: string): Promise<number> {
    return this.cursors.lagSeconds(sink);
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
