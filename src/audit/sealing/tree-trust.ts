import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { LRUCache } from 'lru-cache';
import { auditConfig } from '../../config/audit.config.js';
import { consistencyProof, readRoot } from '../../log-format/transparency/proof-generation.js';
import { consistencyHolds } from '../../log-format/transparency/proof-verification.js';
import { nodeReaderOf, type TileReader } from '../../log-format/transparency/tiles.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { IntegrityFaults, type IntegrityFault } from './integrity-faults.js';
import { TreeSeals } from './tree-seals.js';
import type { StoredTree, Tree, TrustedTree } from './trees.repository.js';

const LOGS_REMEMBERED_MAX = 100_000;

/**
 * Decides what may be signed: a tree that this service sealed (its row has our signature) and that begins with the
 * largest one that this process knows, from its own memory or from the published files.
 */
@Injectable()
export class TreeTrust {
  private readonly remembered = new LRUCache<string, Pick<Tree, 'size' | 'root'>>({
    max: LOGS_REMEMBERED_MAX,
  });

  constructor(
    private readonly seals: TreeSeals,
    private readonly publisher: CheckpointPublisher,
    private readonly faults: IntegrityFaults,
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
  ) {}

  /** The largest known tree of the log, from any source; its published checkpoint must have been read. */
  known(logId: string): { size: number; root: Uint8Array } | null {
    const remembered = this.remembered.get(logId) ?? null;
    const published = this.publisher.published(logId);
    if (remembered === null || published === null) return remembered ?? published;
    return published.size > remembered.size ? published : remembered;
  }

  /** The same, once the published checkpoint is read; whatever is read of the log afterwards is no smaller. */
  async learn(logId: string): Promise<{ size: number } | null> {
    await this.publisher.readPublished([logId]);
    return this.known(logId);
  }

  /** To be called with trees that are committed. */
  remember({ logId, size, root }: TrustedTree): void {
    if ((this.remembered.peek(logId)?.size ?? 0) <= size) this.remembered.set(logId, { size, root });
  }

  /**
   * The tree, as one that may be signed; null, and a fault is raised, if it may not. A tree that is smaller than the
   * known one is not judged here: it may have been read before it grew.
   */
  async judge(stored: StoredTree, readTiles: TileReader): Promise<TrustedTree | null> {
    await this.publisher.readPublished([stored.logId]);
    const fault = await this.treeFaultOf(stored, readTiles);
    if (fault !== null) {
      this.faults.raise(fault, stored.logId, stored.size);
      return null;
    }
    return trusted(stored);
  }

  private async treeFaultOf(stored: StoredTree, readTiles: TileReader): Promise<IntegrityFault | null> {
    if (this.publisher.isUnreadable(stored.logId)) return 'checkpoint_unreadable';
    const isAdopted = stored.seal === null && this.config.adopts;
    if (!isAdopted && !this.seals.holds(stored, stored.seal)) return 'tree_forged';
    const known = this.known(stored.logId);
    if (known === null || known.size > stored.size) return null;
    return (await follows(known, stored, readTiles)) ? null : 'log_forked';
  }
}

export function trusted<T extends Tree>(tree: T): T & TrustedTree {
  return { ...tree, isTrusted: true };
}

/** Whether the later tree begins with the earlier one, both as the tiles have them. */
async function follows(
  earlier: { size: number; root: Uint8Array },
  later: Tree,
  readTiles: TileReader,
): Promise<boolean> {
  if (earlier.size === later.size) return Buffer.compare(earlier.root, later.root) === 0;
  if (earlier.size === 0) return true;
  try {
    const read = nodeReaderOf(readTiles);
    const proof = await consistencyProof(read, earlier.size, later.size);
    const oldRoot = await readRoot(read, earlier.size);
    return (
      Buffer.compare(oldRoot, earlier.root) === 0 &&
      consistencyHolds({
        oldSize: earlier.size,
        newSize: later.size,
        oldRoot: earlier.root,
        newRoot: later.root,
        proof,
      })
    );
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
