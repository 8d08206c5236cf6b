import cluster from 'node:cluster';
import { Injectable } from '@nestjs/common';
import { SiblingWorkers } from '../common/workers/sibling-workers.js';
import { mergedExposition } from './merged-exposition.js';
import { Metrics } from './metrics.js';

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
