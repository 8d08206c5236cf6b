import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isIntegrityViolation, isLockTimeout } from '../../common/errors/driver-error.js';
import { acrossBusinesses } from '../../database/row-access.js';
import { EventMacs } from '../trail/event-macs.js';
import { Adoption } from './adoption.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { TreeSeals, TreeTrust, trusted } from './tree-trust.js';
import { IntegrityFaults } from './integrity-faults.js';
import { LogRowsRepository } from './log-rows.repository.js';
import { leavesOf } from './leaves.js';
import { growTree, type Growth } from './tree-growth.js';
import { TreesRepository, type Tree, type TrustedTree } from './trees.repository.js';

/**
 * The most events of all logs together in one transaction, so that its memory and its locks stay small, and it is
 * not idle for longer than a session may be while they are hashed (about 13 µs each).
 */
const EVENTS_A_BATCH = 1024;
const EVENTS_A_LOG_MIN = 256;

type Grown = Growth & TrustedTree & { seal: Buffer };

interface Sealed {
  /** Null for each that may not be signed. */
  trees: Map<string, TrustedTree | null>;
  grown: Grown[];
}

const NOTHING: Sealed = { trees: new Map(), grown: [] };

/**
 * Seals logs: appends the leaves of new events to the tree and signs the new root. The row lock of the tree lets one
 * process at a time seal it, and the transaction writes tree and root together, so that no two checkpoints of a log
 * contradict each other, whatever crashes. Only events that this service wrote, and that continue the known tree,
 * are sealed.
 */
@Injectable()
export class Sealer {
  private readonly logger = new Logger('Audit');

  constructor(
    private readonly dataSource: DataSource,
    private readonly trees: TreesRepository,
    private readonly rows: LogRowsRepository,
    private readonly publisher: CheckpointPublisher,
    private readonly trust: TreeTrust,
    private readonly seals: TreeSeals,
    private readonly macs: EventMacs,
    private readonly faults: IntegrityFaults,
    private readonly adoption: Adoption,
  ) {}

  /**
   * Seals new events of some logs, at most a batch, and publishes the checkpoints after the commit.
   * @param mayBegin called inside the transaction; false aborts it
   * @returns the trees as they are now, null for one with a fault; null: aborted
   */
  async seal(
    logIds: readonly string[],
    mayBegin: (manager: EntityManager) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<Map<string, TrustedTree | null> | null> {
    await this.publisher.readPublished(logIds);
    const sealed = await this.sealTogether(logIds, mayBegin);
    if (sealed === null) return null;
    const { trees, grown } = sealed;
    // First what another process sealed and could not publish before it ended.
    const overtaken = grown.flatMap(({ logId }) => trees.get(logId) ?? []);
    await this.publisher.publishMissing(overtaken.filter(({ size }) => size > 0));
    for (const tree of grown) trees.set(tree.logId, tree);
    for (const tree of trees.values()) if (tree !== null) this.trust.remember(tree);
    await this.publisher.publish(grown);
    return trees;
  }

  /** A log whose rows contradict each other, or whose tree somebody holds, must not delay those that are sealed with it. */
  private async sealTogether(
    logIds: readonly string[],
    mayBegin: (manager: EntityManager) => Promise<boolean>,
  ): Promise<Sealed | null> {
    try {
      return await acrossBusinesses(this.dataSource, (session) =>
        session.transaction(async (manager) =>
          (await mayBegin(manager)) ? this.sealIn(manager, logIds) : null,
        ),
      );
    } catch (error) {
      const [only] = logIds;
      const isAlone = logIds.length === 1 && only !== undefined;
      if (!isIntegrityViolation(error) && (isAlone || !isLockTimeout(error))) throw error;
      if (isAlone) {
        this.faults.raise('tree_changed', only, null);
        return { trees: new Map([[only, null]]), grown: [] };
      }
    }
    const all: Sealed = { trees: new Map(), grown: [] };
    for (const logId of logIds) {
      const one = await this.sealTogether([logId], mayBegin).catch((error: unknown) => {
        if (!isLockTimeout(error)) throw error;
        this.logger.warn(
          { business_id: logId },
          'The tree of a log is locked in the database; the log will be sealed later.',
        );
        return NOTHING;
      });
      if (one === null) return all.trees.size === 0 ? null : all;
      one.trees.forEach((tree, id) => all.trees.set(id, tree));
      all.grown.push(...one.grown);
    }
    return all;
  }

  private async sealIn(manager: EntityManager, logIds: readonly string[]): Promise<Sealed> {
    const trees = new Map<string, TrustedTree | null>();
    for (const stored of await this.trees.lock(logIds, manager))
      trees.set(stored.logId, await this.trust.judge(stored, this.trees.tilesOf(stored.logId, manager)));
    const heads = await this.rows.heads(logIds, manager);
    const due: TrustedTree[] = [];
    for (const [logId, found] of heads) this.trust.judgeHead(logId, found);
    for (const [logId, tree] of trees) {
      const head = heads.get(logId)?.size ?? 0;
      if (tree === null) continue;
      if (this.isShortened(tree, head)) trees.set(logId, null);
      else if (head > tree.size) due.push(tree);
    }
    if (due.length === 0) return { trees, grown: [] };
    const eventsALog = Math.max(EVENTS_A_LOG_MIN, Math.floor(EVENTS_A_BATCH / due.length));
    const ranges = due.map((tree) => ({
      logId: tree.logId,
      from: tree.size + 1,
      to: Math.min(heads.get(tree.logId)?.size as number, tree.size + eventsALog, this.knownBeyond(tree)),
    }));
    const [leaves, edges] = [await this.leaves(ranges, manager), await this.trees.edges(due, manager)];
    const grown: Grown[] = [];
    for (const tree of due) {
      const edge = edges.get(tree.logId) as Map<string, Buffer>;
      const next = await this.grow(tree, edge, leaves.get(tree.logId) ?? []);
      if (next !== null) grown.push(next);
    }
    if (grown.length > 0) await this.trees.store(grown, manager);
    return { trees, grown };
  }

  /** The leaves of each log, up to the first event that may not be sealed. */
  private async leaves(
    ranges: readonly { logId: string; from: number; to: number }[],
    manager: EntityManager,
  ): Promise<Map<string, Buffer[]>> {
    const proving = { macs: this.macs, believedBefore: this.adoption.before };
    const leaves = new Map<string, Buffer[]>(ranges.map(({ logId }) => [logId, []]));
    const ended = new Set<string>();
    for await (const { rows, ...part } of this.rows.events(ranges, manager)) {
      const { logId } = part;
      if (ended.has(logId)) continue;
      const found = await leavesOf(rows, part, proving, (fault, sequence) =>
        this.faults.raise(fault, logId, sequence),
      );
      leaves.get(logId)?.push(...found);
      if (found.length <= part.to - part.from) ended.add(logId);
    }
    return leaves;
  }

  private async grow(
    tree: TrustedTree,
    edge: ReadonlyMap<string, Uint8Array>,
    leaves: readonly Buffer[],
  ): Promise<Grown | null> {
    if (leaves.length === 0) return null;
    const growth = await growTree(tree, edge, leaves);
    if (growth === null) {
      this.faults.raise('tree_changed', tree.logId, null);
      return null;
    }
    const next = trusted({ ...growth, logId: tree.logId });
    if (!this.agreesWithKnown(next)) {
      this.faults.raise('log_forked', tree.logId, growth.size);
      return null;
    }
    return { ...next, seal: this.seals.sealOf(next) };
  }

  private isShortened({ logId, size }: Tree, head: number): boolean {
    if (head >= Math.max(size, this.trust.known(logId)?.size ?? 0)) return false;
    this.faults.raise('log_shortened', logId, head);
    return true;
  }

  /** A checkpoint that is known but not in the database (a restored backup) has to be met exactly. */
  private knownBeyond(tree: Tree): number {
    const known = this.trust.known(tree.logId);
    return known !== null && known.size > tree.size ? known.size : Infinity;
  }

  private agreesWithKnown({ logId, size, root }: Tree): boolean {
    const known = this.trust.known(logId);
    return known === null || known.size !== size || Buffer.compare(known.root, root) === 0;
  }
}
