import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PeriodicService } from '../common/periodic-task.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { LeaseWatch } from '../lease/lease.js';
import { Verifier } from '../lease/verifier.js';
import { PostgresRegistry } from './registry.js';

const SWEEP_MS = 60_000;

/** Entries that one statement prunes (feed_prune). */
const PRUNED_AT_ONCE = 10_000;

/**
 * Removes the registrations of verifiers that died while nobody revoked, and feed entries that all verifiers have
 * applied.
 */
@Injectable()
export class Housekeeping extends PeriodicService {
  private readonly leaseWatch = new LeaseWatch();
  /** A transaction that every running verifier has confirmed by now. */
  private mark: string | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: PostgresRegistry,
    private readonly verifier: Verifier,
    private readonly clock: DatabaseClock,
  ) {
    super(
      SWEEP_MS,
      'Verifier',
      'Old registrations and feed entries could not be removed; it will be retried.',
    );
  }

  override async round(): Promise<void> {
    const { id, applied } = this.verifier;
    if (id === null || applied === null) return;
    const isOfOwnRegistry = this.verifier.whereRegistered();
    const reading = await this.registry.read(id, this.mark === null ? [] : [this.mark], false, []);
    this.mark = String(applied.max);
    if (!isOfOwnRegistry(reading)) return;
    this.leaseWatch.observe(reading.lacking, this.clock.own.monotonicMs());
    for (const row of reading.lacking) {
      if (this.leaseWatch.leaseHasExpired(row, this.clock.own.monotonicMs())) await this.registry.expel(row);
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
