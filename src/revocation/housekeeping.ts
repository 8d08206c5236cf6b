import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { monotonicMs } from './monotonic.js';
import { Registry } from './registry.js';
import { Silence } from './silence.js';
import { Verifier } from './verifier.js';

const SWEEP_MS = 60_000;

/** Entries that one statement prunes (feed_prune). */
const PRUNED_AT_ONCE = 10_000;

/** Takes the registrations of verifiers that died while nobody revoked, and feed entries that all have applied. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly silence = new Silence();
  private timer: NodeJS.Timeout | undefined;
  /** A transaction that every verifier which lives has confirmed by now. */
  private mark: string | null = null;

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
    const { id, applied } = this.verifier;
    if (id === null || applied === null) return;
    const isOfOwnRegistry = this.verifier.whereRegistered();
    const reading = await this.registry.read(id, this.mark === null ? [] : [this.mark], false);
    this.mark = String(applied.max);
    if (!isOfOwnRegistry(reading)) return;
    this.silence.observe(reading.lacking, monotonicMs());
    for (const row of reading.lacking) {
      if (this.silence.hasOutlasted(row, monotonicMs())) await this.registry.expel(row);
    }
    while ((await this.prune()) === PRUNED_AT_ONCE);
  }

  private async prune(): Promise<number> {
    const [row] = await this.dataSource.query<{ pruned: number }[]>(
      `SELECT feed_prune(interval '15 minutes')::int AS pruned`,
    );
    return row?.pruned ?? 0;
  }
}
