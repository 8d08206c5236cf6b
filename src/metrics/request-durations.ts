import type { Registry } from 'prom-client';

const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const NAME = 'rescind_http_request_duration_seconds';

interface Series {
  labels: { method: string; route: string; status: string };
  /** How many fell into each bucket and no smaller one; the last is beyond all. */
  counts: number[];
  sum: number;
}

/**
 * A Prometheus histogram whose series are found without building label strings: prom-client's own costs a tenth of
 * a verdict from memory for each request (docs/performance.md).
 */
export class RequestDurations {
  private readonly all: Series[] = [];
  private readonly routes = new Map<string, Map<string, Map<number, Series>>>();

  constructor(registry: Registry) {
    registry.registerMetric({ name: NAME, get: () => this.read(), reset: () => undefined } as never);
  }

  /** The observer of one route; call it as a request has been answered. */
  ofRoute(route: string): (method: string, status: number, seconds: number) => void {
    let byMethod = this.routes.get(route);
    if (byMethod === undefined) this.routes.set(route, (byMethod = new Map()));
    const known = byMethod;
    return (method, status, seconds) => {
      let byStatus = known.get(method);
      if (byStatus === undefined) known.set(method, (byStatus = new Map()));
      let series = byStatus.get(status);
      if (series === undefined) byStatus.set(status, (series = this.open(method, route, status)));
      let bucket = 0;
      while (bucket < BUCKETS_SECONDS.length && seconds > (BUCKETS_SECONDS[bucket] as number)) bucket++;
      series.counts[bucket] = (series.counts[bucket] as number) + 1;
      series.sum += seconds;
    };
  }

  private open(method: string, route: string, status: number): Series {
    const series = {
      labels: { method, route, status: String(status) },
      counts: Array<number>(BUCKETS_SECONDS.length + 1).fill(0),
      sum: 0,
    };
    this.all.push(series);
    return series;
  }

  /** In prom-client's shape of a metric; buckets are cumulative there. */
  private read(): object {
    const values = this.all.flatMap(({ labels, counts, sum }) => {
      let total = 0;
      const buckets = counts.map((count, index) => ({
        metricName: `${NAME}_bucket`,
        labels: { le: BUCKETS_SECONDS[index] ?? '+Inf', ...labels },
        value: (total += count),
      }));
      return [
        ...buckets,
        { metricName: `${NAME}_sum`, labels, value: sum },
        { metricName: `${NAME}_count`, labels, value: total },
      ];
    });
    return { name: NAME, help: 'Time to answer, by route.', type: 'histogram', aggregator: 'sum', values };
  }
}
