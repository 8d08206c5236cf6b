import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { LRUCache } from 'lru-cache';
import { auditConfig } from '../../config/audit.config.js';
import { consistencyProof, readRoot } from '../../log-format/transparency/proof-generation.js';
import { consistencyHolds } from '../../log-format/transparency/proof-verification.js';
import { nodeReaderOf, type TileReader } from '../../log-format/transparency/tiles.js';
import { CheckpointPublisher } from './checkpoint-publisher.js';
import { type IntegrityFault, IntegrityFaults } from './integrity-faults.js';
import type { StoredTree, Tree, TrustedTree } from './trees.repository.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { EMPTY_ROOT } from '../../log-format/transparency/merkle-tree.js';
import { HeadMacs } from '../trail/event-macs.js';
import type { Head } from './log-rows.repository.js';

const REMEMBERED_MAX = 10_000;

/**
 * Binds the row of a tree to this service, so that a changed row is detected when it is read. It is a signature and
 * not a MAC, because the public part of a retired key is enough to check it.
 */
@Injectable()
export class TreeSeals {
  private readonly found = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  constructor(private readonly keys: SigningKeys) {}

  sealOf(tree: Tree): Buffer {
    return this.keys.sign(textOf(tree));
  }

  /** The empty tree needs none: everybody knows its root. */
  holds(tree: Tree, seal: Buffer | null): boolean {
    if (tree.size === 0) return EMPTY_ROOT.equals(tree.root);
    if (seal === null) return false;
    const text = textOf(tree);
    const known = `${text}${seal.toString('base64')}`;
    if (this.found.has(known)) return true;
    if (!this.keys.hasSigned(text, seal)) return false;
    this.found.set(known, true);
    return true;
  }
}

/** Nothing else that the key signs begins like this: neither a note nor a JWS. */
function textOf({ logId, size, root }: Tree): string {
  return `rescind.tree\u0000${logId}\u0000${size}\u0000${root.toString('base64')}`;
}

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
    private readonly heads: HeadMacs,
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

  /**
   * Raises a fault unless the head of a log is what this service wrote: its MAC is valid, and the last registered event exists.
   * Once per log, however it grows, since each fault is another event.
   */
  judgeHead(logId: string, head: Head): void {
    const isWhere = head.registered === null || head.registered === head.size;
    if (!isWhere || !this.heads.holds(logId, head)) this.faults.raise('head_forged', logId, null);
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
