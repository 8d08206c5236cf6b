import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { InRevokeLane, InVerifyLane } from '../database/lanes.js';
import { poolOf } from '../database/prepared.js';
import { RetentionRounds } from '../audit/retention/retention-rounds.js';
import { SealingFaults } from '../audit/sealing/sealing-faults.js';
import { AuditWritability } from '../audit/trail/audit-writability.js';
import { closedConnections } from '../common/http/limited-server.js';
import { Verifier } from '../revocation/verifier.js';
import { VerdictCounter } from '../verification/verdict-counter.js';
import { Verdicts } from '../verification/verdicts.js';
import { RequestDurations } from './request-durations.js';

/** What the process shows of itself to Prometheus. Labels carry routes and outcomes, never ids or secrets. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly durations = new RequestDurations();
  private readonly revocations = new Counter({
    name: 'rescind_revocations_total',
    help: 'Revoke calls answered, by route.',
    labelNames: ['route'],
    registers: [this.registry],
  });

  private readonly shortcuts = new Map<string, number>();

  constructor(
    dataSource: DataSource,
    @InVerifyLane() verifyLane: DataSource,
    @InRevokeLane() revokeLane: DataSource,
    verifier: Verifier,
    verdicts: Verdicts,
    verdictCounter: VerdictCounter,
    writability: AuditWritability,
    faults: SealingFaults,
    retention: RetentionRounds,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.gauge(
      'rescind_lease_remaining_seconds',
      'Time for which memory may still be trusted; 0 without a lease.',
      () => Math.max(0, verifier.lease.remainingMs() / 1000),
    );
    this.gauge(
      'rescind_verdicts_remembered',
      'Verdicts in memory, good and bad.',
      () => verdicts.memory.size,
    );
    this.gauge(
      'rescind_audit_write_failures',
      'Changes refused because their event could not be written.',
      () => writability.failures,
    );
    this.gauge(
      'rescind_audit_faults',
      'Signs of tampering with the audit log that sealing came upon.',
      () => faults.count,
    );
    this.gauge(
      'rescind_audit_retention_failures',
      'Times that events which have expired could not be archived or dropped.',
      () => retention.failures,
    );
    const pools = { manage: poolOf(dataSource), verify: poolOf(verifyLane), revoke: poolOf(revokeLane) };
    const ofPools = (read: (pool: Pool) => number) => () =>
      Object.entries(pools).map(([lane, pool]): [string, number] => [lane, read(pool)]);
    this.gauges(
      'rescind_database_pool_sessions',
      'Database sessions, by what they are for.',
      'lane',
      ofPools(({ totalCount }) => totalCount),
    );
    this.gauges(
      'rescind_database_pool_waiting',
      'What waits for a database session, by what it is for.',
      'lane',
      ofPools(({ waitingCount }) => waitingCount),
    );
    this.gauges(
      'rescind_verdicts_total',
      'Verdicts given since the start, by outcome.',
      'outcome',
      () => verdictCounter.outcomes,
    );
    this.gauges(
      'rescind_shortcut_answers_total',
      'Requests that memory answered before the framework saw them, by route.',
      'route',
      () => this.shortcuts,
    );
    this.gauges(
      'rescind_connections_closed_total',
      'Connections closed because a client took too many or too much, by the limit it was over.',
      'limit',
      () => closedConnections,
    );
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Text exposition format. */
  async text(): Promise<string> {
    return `${await this.registry.metrics()}\n${this.durations.text()}`;
  }

  /** What to call as a request to `route` has been answered. */
  observerOf(route: string): (method: string, status: number, seconds: number) => void {
    const observe = this.durations.ofRoute(route);
    if (!route.endsWith('/revoke')) return observe;
    const revocations = this.revocations.labels(route);
    return (method, status, seconds) => {
      observe(method, status, seconds);
      if (status < 300) revocations.inc();
    };
  }

  /** As `observerOf`, for answers that memory gave before the framework saw the request. */
  shortcutObserverOf(route: string): (method: string, status: number, seconds: number) => void {
    const observe = this.durations.ofRoute(route);
    const counts = this.shortcuts;
    counts.set(route, 0);
    return (method, status, seconds) => {
      observe(method, status, seconds);
      counts.set(route, (counts.get(route) as number) + 1);
    };
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  private gauges(name: string, help: string, label: string, read: () => Iterable<[string, number]>): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        for (const [value, number] of read()) this.labels(value).set(number);
      },
    });
  }
}
