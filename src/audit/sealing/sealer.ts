import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { leavesOf } from './leaves.js';
import { SealingFaults } from './sealing-faults.js';
import { growTree, type Growth } from './tree-growth.js';
import { TreesRepository, type Tree } from './trees.repository.js';

/** Events of all logs together that one transaction takes, so that its memory and its locks stay small. */
const EVENTS_A_BATCH = 16_384;
const EVENTS_A_LOG_MIN = 256;

/**
 * Seals logs: takes the leaves of new events into the tree and signs the new root. The row lock on the tree
 * keeps sealers of all processes apart and the transaction keeps tree and root together, so that no two checkpoints
 * of a log contradict each other, whatever crashes when.
 */
@Injectable()
export class Sealer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly trees: TreesRepository,
    private readonly publisher: CheckpointPublisher,
    private readonly faults: SealingFaults,
  ) {}

  /**
   * Seals what is new in some logs, a batch at most, and publishes the checkpoints once they are committed.
   * @param mayBegin asked inside the transaction; false gives it up
   * @returns the trees as they are now; a log with a fault stays behind, others do not wait for it
   */
  async seal(
    logIds: readonly string[],
    mayBegin: (manager: EntityManager) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<Tree[]> {
    await this.publisher.recall(logIds);
    const { trees, grown } = await this.dataSource.transaction(async (manager) =>
      (await mayBegin(manager)) ? this.sealIn(manager, logIds) : { trees: [], grown: [] },
    );
    // What another process sealed and did not live to publish, before it is passed over.
    const overtaken = new Set(grown.map(({ logId }) => logId));
    await this.publisher.publishMissing(trees.filter(({ logId, size }) => size > 0 && overtaken.has(logId)));
    await this.publisher.publish(grown);
    const news = new Map(grown.map((tree) => [tree.logId, tree]));
    return trees.map((tree) => news.get(tree.logId) ?? tree);
  }

  private async sealIn(
    manager: EntityManager,
    logIds: readonly string[],
  ): Promise<{ trees: Tree[]; grown: Tree[] }> {
    const trees = await this.trees.lock(logIds, manager);
    const heads = await this.trees.heads(logIds, manager);
    const due = trees.filter((tree) => this.isDue(tree, heads.get(tree.logId) ?? 0));
    if (due.length === 0) return { trees, grown: [] };
    const eventsALog = Math.max(EVENTS_A_LOG_MIN, Math.floor(EVENTS_A_BATCH / due.length));
    const ranges = due.map((tree) => ({
      logId: tree.logId,
      from: tree.size + 1,
      to: Math.min(heads.get(tree.logId) as number, tree.size + eventsALog, this.publishedBeyond(tree)),
    }));
    const [events, edges] = [await this.trees.events(ranges, manager), await this.trees.edges(due, manager)];
    const grown: (Growth & { logId: string })[] = [];
    for (const [index, tree] of due.entries()) {
      const { logId, from, to } = ranges[index] as (typeof ranges)[number];
      const leaves = leavesOf(events.get(logId) ?? [], from, to, (fault, sequence) =>
        this.faults.raise(fault, logId, sequence),
      );
      const growth = await growTree(tree, edges.get(logId) as Map<string, Buffer>, leaves);
      if (growth === null) this.faults.raise('tree_changed', logId, null);
      else if (!this.agreesWithPublished(logId, growth)) this.faults.raise('log_forked', logId, growth.size);
      else grown.push({ ...growth, logId });
    }
    if (grown.length > 0) await this.trees.store(grown, manager);
    return { trees, grown };
  }

  private isDue(tree: Tree, head: number): boolean {
    const published = this.publisher.published(tree.logId);
    if (head < tree.size || (published !== null && head < published.size)) {
      this.faults.raise('log_shortened', tree.logId, head);
      return false;
    }
    if (!this.agreesWithPublished(tree.logId, tree)) {
      this.faults.raise('log_forked', tree.logId, tree.size);
      return false;
    }
    return head > tree.size;
  }

  /** A checkpoint that was published but is not in the database (a restored backup) has to be met exactly. */
  private publishedBeyond(tree: Tree): number {
    const published = this.publisher.published(tree.logId);
    return published !== null && published.size > tree.size ? published.size : Infinity;
  }

  private agreesWithPublished(logId: string, { size, root }: { size: number; root: Uint8Array }): boolean {
    const published = this.publisher.published(logId);
    return published === null || published.size !== size || Buffer.compare(published.root, root) === 0;
  }
}
