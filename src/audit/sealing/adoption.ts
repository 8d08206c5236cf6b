import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from '../../config/audit.config.js';
import { readRoot } from '../../log-format/transparency/proof-generation.js';
import { nodeReaderOf } from '../../log-format/transparency/tiles.js';
import { HeadMacs } from '../trail/event-macs.js';
import { IntegrityFaults } from './integrity-faults.js';
import { TreeSeals } from './tree-trust.js';
import { TreesRepository, type Tree } from './trees.repository.js';

const TREES_A_BATCH = 500;

/** Seals the trees of a version without seals, if that is due, and this process is configured to do it (RESCIND_AUDIT_ADOPT). */
@Injectable()
export class Adoption {
  private readonly logger = new Logger('Audit');
  /** Trees that this process sealed; null: it is not through yet. */
  sealed: number | null = null;
  /** Events without a MAC are believed if they are from before this moment; null: none is. */
  before: number | null = null;

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly trees: TreesRepository,
    private readonly seals: TreeSeals,
    private readonly faults: IntegrityFaults,
    private readonly heads: HeadMacs,
  ) {}

  /** Once a process. A tree whose tiles do not make its root is not adopted. */
  async adopt(): Promise<void> {
    if (!this.config.adopts || this.sealed !== null) return;
    this.before = await this.trees.adoptedBefore();
    if (this.before === null) return;
    const refused: string[] = [];
    let count = 0;
    for (;;) {
      const due = await this.trees.withoutSeal(refused, TREES_A_BATCH);
      if (due.length === 0) break;
      for (const tree of due) {
        if (await this.isWhole(tree)) {
          await this.trees.adopt(tree, this.seals.sealOf(tree));
          count++;
        } else {
          refused.push(tree.logId);
          this.faults.raise('tree_changed', tree.logId, null);
        }
      }
    }
    await this.adoptHeads();
    this.sealed = count;
    this.logger.warn({ logs: count }, 'RESCIND_AUDIT_ADOPT is on: rows without MACs and seals are accepted.');
  }

  private async adoptHeads(): Promise<void> {
    for (let due = await this.trees.headsWithoutMac(TREES_A_BATCH); due.length > 0;) {
      for (const head of due) await this.trees.adoptHead(head, this.heads.macOf(head.logId, head.size));
      due = await this.trees.headsWithoutMac(TREES_A_BATCH);
    }
  }

  private async isWhole({ logId, size, root }: Tree): Promise<boolean> {
    try {
      const found = await readRoot(nodeReaderOf(this.trees.tilesOf(logId)), size);
      return Buffer.compare(found, root) === 0;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}
