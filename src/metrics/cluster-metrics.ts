import cluster from 'node:cluster';
import { Injectable } from '@nestjs/common';
import { SiblingWorkers } from '../common/workers/sibling-workers.js';
import { Metrics } from './metrics.js';

interface Family {
  /** Its HELP and TYPE. */
  head: string[];
  samples: string[];
}

/**
 * The texts of several workers as one (Prometheus text exposition format): each metric once, and each sample with the
 * label `worker`. Nothing is added up: what a sum means is for the query to say.
 */
export function mergedExposition(texts: readonly (readonly [worker: number, text: string])[]): string {
  const families = new Map<string, Family>();
  for (const [worker, text] of texts) {
    let family: Family | undefined;
    for (const line of text.split('\n')) {
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (name !== undefined) family = headedBy(families, name, line);
      else if (line !== '' && !line.startsWith('#')) family?.samples.push(labelled(line, worker));
    }
  }
  return [...families.values()].flatMap(({ head, samples }) => [...head, ...samples, '']).join('\n');
}

function headedBy(families: Map<string, Family>, name: string, line: string): Family {
  const known = families.get(name) ?? { head: [], samples: [] };
  families.set(name, known);
  if (!known.head.includes(line)) known.head.push(line);
  return known;
}

function labelled(sample: string, worker: number): string {
  const label = `worker="${worker}"`;
  const end = sample.search(/[{ ]/);
  const [name, rest] = [sample.slice(0, end), sample.slice(end)];
  return rest.startsWith('{') ? `${name}{${label},${rest.slice(1)}` : `${name}{${label}}${rest}`;
}

const TOPIC = 'metrics';

/** The metrics of all workers of one start (RESCIND_WORKERS), whichever of them is scraped. */
@Injectable()
export class ClusterMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly workers: SiblingWorkers,
  ) {
    workers.answerTo(TOPIC, () => this.metrics.text());
  }

  get contentType(): string {
    return this.metrics.contentType;
  }

  /** Text exposition format. Of several workers, with the label `worker`; one that does not answer in time is left out. */
  async text(): Promise<string> {
    if (!cluster.isWorker) return this.metrics.text();
    const { texts } = await this.workers.ask(TOPIC);
    return mergedExposition(texts);
  }
}
