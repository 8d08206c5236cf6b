import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { monotonicMs } from './monotonic.js';
import { Registry } from './registry.js';
import { Silence } from './silence.js';
import { Verifier } from './verifier.js';

const SWEEP_MS = 60_000;

/** Takes the registrations of verifiers that died while nobody revoked, and feed entries that all have applied. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly silence = new Silence();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: Registry,
    private readonly verifier: Verifier,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep().catch(() => undefined), SWEEP_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    const own = this.verifier.id;
    if (own === null) return;
    const { others } = await this.registry.read(own, [], false);
    this.silence.observe(others, monotonicMs());
    for (const row of others) {
      if (this.silence.hasOutlasted(row, monotonicMs())) await this.registry.expel(row);
    }
    await this.dataSource.query(`SELECT feed_prune(interval '15 minutes')`);
  }
}
