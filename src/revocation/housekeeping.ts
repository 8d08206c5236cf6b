import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPrepared } from '../database/prepared.js';
import { monotonicMs } from './monotonic.js';
import { EXPEL, READ_REGISTRY, type RegistryRow } from './registry.sql.js';
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
    const rows = await queryPrepared<RegistryRow>(this.dataSource, READ_REGISTRY, [own, [], false]);
    for (const row of rows) {
      if (this.silence.hasOutlasted(row, monotonicMs()))
        await queryPrepared(this.dataSource, EXPEL, [row.id, row.round]);
    }
    this.silence.observe(rows, monotonicMs());
    await this.dataSource.query(`SELECT feed_prune(interval '15 minutes')`);
  }
}
