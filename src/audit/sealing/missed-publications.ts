import { Injectable } from '@nestjs/common';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { TreeTrust } from './tree-trust.js';
import { TreesRepository } from './trees.repository.js';

/** A transaction that seals takes less than this from its time stamp to its commit. */
const COMMIT_MS_MAX = 60_000;

/**
 * Publishes checkpoints whose process ended between committing and publishing them: at the start all that the
 * directory does not have, later what was sealed since. If another process publishes the same, there is one file.
 */
@Injectable()
export class MissedPublications {
  private since = new Date(0);

  constructor(
    private readonly trees: TreesRepository,
    private readonly publisher: CheckpointPublisher,
    private readonly trust: TreeTrust,
  ) {}

  async publish(): Promise<void> {
    await this.publisher.publish([]);
    if (!this.publisher.hasDirectory) return;
    const sealed = await this.trees.sealedSince(this.since);
    for (const tree of await this.publisher.missing(sealed)) {
      const judged = await this.trust.judge(tree, this.trees.tilesOf(tree.logId));
      if (judged !== null) await this.publisher.publishMissing([judged]);
    }
    const latest = Math.max(0, ...sealed.map(({ sealedAt }) => sealedAt.getTime()));
    this.since = new Date(Math.max(this.since.getTime(), latest - COMMIT_MS_MAX));
  }
}
