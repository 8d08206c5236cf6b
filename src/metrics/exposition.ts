import { Counter, Gauge, Histogram, Registry } from 'prom-client';

type Now<Value> = Value | Promise<Value>;

/** By the value of a label. */
type Readings = Iterable<[string, number]>;

/** What prom-client exposes; values are read where they are kept, when they are asked for. Labels never hold ids or secrets. */
export class Exposition {
  readonly registry = new Registry();

  gauge(name: string, help: string, read: () => Now<number>): void {
    const registers = [this.registry];
    const gauge: Gauge = new Gauge({ name, help, registers, collect: async () => gauge.set(await read()) });
  }

  gauges(name: string, help: string, label: string, read: () => Now<Readings>): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      async collect() {
        for (const [value, number] of await read()) this.labels(value).set(number);
      },
    });
  }

  /** Of what is counted elsewhere, since the start of the process. */
  counter(name: string, help: string, read: () => number): void {
    const registers = [this.registry];
    const collect = (): void => {
      counter.reset();
      counter.inc(read());
    };
    const counter: Counter = new Counter({ name, help, registers, collect });
  }

  /** As `counter`, by the value of a label. */
  counters(name: string, help: string, label: string, read: () => Readings): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, number] of read()) this.labels(value).inc(number);
      },
    });
  }

  /** @returns what to call with the value of the label, one of `values`, and what was observed */
  histogram<Value extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly Value[],
    buckets: number[],
  ): (value: Value, observed: number) => void {
    const histogram = new Histogram({ name, help, labelNames: [label], buckets, registers: [this.registry] });
    const series = new Map(values.map((value) => [value, histogram.labels(value)]));
    return (value, observed) => series.get(value)?.observe(observed);
  }
}
