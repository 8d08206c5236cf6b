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
import { RevocationMetrics } from './revocation-metrics.js';

const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const BOUNDS = [...BUCKETS_SECONDS.map(String), '+Inf'];
const NAME = 'rescind_http_request_duration_seconds';

interface Series {
  /** As they stand between braces, behind that of the bucket. */
  labels: string;
  /** How many fell into each bucket and no smaller one; the last is beyond all. */
  counts: number[];
  sum: number;
}

/**
 * A Prometheus histogram of its own: finding a series by building label strings costs prom-client a tenth of a
 * verdict from memory for each request, and writing thousands of lines the event loop a hundredth of a second.
 */
class RequestDurations {
  private readonly all: Series[] = [];
  private readonly routes = new Map<string, Map<string, Map<number, Series>>>();

  /** The observer of one route; call it as a request has been answered. */
  ofRoute(route: string): (method: string, status: number, seconds: number) => void {
    let byMethod = this.routes.get(route);
    if (byMethod === undefined) this.routes.set(route, (byMethod = new Map<string, Map<number, Series>>()));
    const known = byMethod;
    return (method, status, seconds) => {
      let byStatus = known.get(method);
      if (byStatus === undefined) known.set(method, (byStatus = new Map<number, Series>()));
      let series = byStatus.get(status);
      if (series === undefined) byStatus.set(status, (series = this.open(method, route, status)));
      let bucket = 0;
      while (bucket < BUCKETS_SECONDS.length && seconds > (BUCKETS_SECONDS[bucket] as number)) bucket++;
      series.counts[bucket] = (series.counts[bucket] as number) + 1;
      series.sum += seconds;
    };
  }

  /** Text exposition format; the counts of buckets are cumulative there. */
  text(): string {
    let text = `# HELP ${NAME} Time to answer, by route.\n# TYPE ${NAME} histogram\n`;
    for (const { labels, counts, sum } of this.all) {
      let total = 0;
      for (let bucket = 0; bucket < counts.length; bucket++) {
        total += counts[bucket] as number;
        text += `${NAME}_bucket{le="${BOUNDS[bucket]}",${labels}} ${total}\n`;
      }
      text += `${NAME}_sum{${labels}} ${sum}\n${NAME}_count{${labels}} ${total}\n`;
    }
    return text;
  }

  /** Neither routes nor methods, of which Node knows a fixed number, hold what would need escaping. */
  private open(method: string, route: string, status: number): Series {
    const series = {
      labels: `method="${method}",route="${route}",status="${status}"`,
      counts: Array<number>(BUCKETS_SECONDS.length + 1).fill(0),
      sum: 0,
    };
    this.all.push(series);
    return series;
  }
}

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
