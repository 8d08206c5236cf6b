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
export class RequestDurations {
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
