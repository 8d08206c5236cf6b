import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { collectDefaultMetrics } from 'prom-client';
import { DataSource } from 'typeorm';
import { FailedAuthenticationRecorder } from '../auth/failed-authentication-recorder.js';
import { closedConnections } from '../common/http/limited-server.js';
import { rescindVersion } from '../common/version.js';
import { InRevokeLane, InVerifyLane } from '../database/lanes.js';
import { poolOf } from '../database/prepared.js';
import { VerdictCounter } from '../verification/verdict-counter.js';
import { Verdicts } from '../verification/verdicts.js';
import { AuditMetrics } from './audit-metrics.js';
import { Exposition } from './exposition.js';
import { RequestDurations } from './request-durations.js';
import { RevocationMetrics } from './revocation-metrics.js';

/** Gauges of prom-client whose names say that they are counters. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

type Observe = (method: string, status: number, seconds: number) => void;

/** What the process shows of itself to Prometheus. */
@Injectable()
export class Metrics {
  private readonly exposition = new Exposition();
  private readonly durations = new RequestDurations();
  private readonly fastAnswers = new Map<string, number>();

  constructor(
    dataSource: DataSource,
    @InVerifyLane() verifyLane: DataSource,
    @InRevokeLane() revokeLane: DataSource,
    private readonly verdicts: Verdicts,
    private readonly verdictCounter: VerdictCounter,
    private readonly failedAuthentications: FailedAuthenticationRecorder,
    revocation: RevocationMetrics,
    audit: AuditMetrics,
  ) {
    const { exposition } = this;
    collectDefaultMetrics({ register: exposition.registry });
    for (const name of MISNAMED) exposition.registry.removeSingleMetric(name);
    const version = rescindVersion();
    exposition.gauges(
      'rescind_build_info',
      'Always 1; the version of Rescind is in the label.',
      'version',
      () => [[version, 1]],
    );
    revocation.showOn(exposition);
    audit.showOn(exposition);
    this.showAnswers();
    this.showPools({ manage: poolOf(dataSource), verify: poolOf(verifyLane), revoke: poolOf(revokeLane) });
  }

  get contentType(): string {
    return this.exposition.registry.contentType;
  }

  /** Text exposition format. */
  async text(): Promise<string> {
    return `${await this.exposition.registry.metrics()}\n${this.durations.text()}`;
  }

  /** What to call as a request to `route` has been answered. */
  observerOf(route: string): Observe {
    return this.durations.ofRoute(route);
  }

  /** As `observerOf`, for answers that memory gave before the framework saw the request. */
  fastObserverOf(route: string): Observe {
    const observe = this.durations.ofRoute(route);
    const counts = this.fastAnswers;
    counts.set(route, 0);
    return (method, status, seconds) => {
      observe(method, status, seconds);
      counts.set(route, (counts.get(route) as number) + 1);
    };
  }

  private showAnswers(): void {
    const { exposition } = this;
    exposition.counters(
      'rescind_verdicts_total',
      'Verdicts given since the start, by outcome.',
      'outcome',
      () => this.verdictCounter.outcomes,
    );
    exposition.gauge(
      'rescind_verdicts_remembered',
      'Verdicts in memory, good and bad.',
      () => this.verdicts.cache.size,
    );
    exposition.counters(
      'rescind_failed_authentications_total',
      'Secrets presented to this process that were not good, by reason.',
      'reason',
      () => this.failedAuthentications.byReason,
    );
    exposition.counters(
      'rescind_fast_path_answers_total',
      'Requests that memory answered before the framework saw them, by route.',
      'route',
      () => this.fastAnswers,
    );
    exposition.counters(
      'rescind_connections_closed_total',
      'Connections closed because a client took too many or too much, by the limit it was over.',
      'limit',
      () => closedConnections,
    );
  }

  private showPools(pools: Record<string, Pool>): void {
    const readEach = (read: (pool: Pool) => number) => () =>
      Object.entries(pools).map(([lane, pool]): [string, number] => [lane, read(pool)]);
    this.exposition.gauges(
      'rescind_database_pool_sessions',
      'Database sessions, by what they are for.',
      'lane',
      readEach(({ totalCount }) => totalCount),
    );
    this.exposition.gauges(
      'rescind_database_pool_waiting',
      'What waits for a database session, by what it is for.',
      'lane',
      readEach(({ waitingCount }) => waitingCount),
    );
  }
}
