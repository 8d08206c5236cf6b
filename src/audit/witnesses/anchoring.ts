import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource, type EntityManager } from 'typeorm';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { inTurn } from '../../database/leadership.js';
import { sessionOf } from '../../database/prepared.js';
import { seeEveryBusiness } from '../../database/row-access.js';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { TreeTrust } from '../sealing/tree-trust.js';
import { TreesRepository, type TrustedTree } from '../sealing/trees.repository.js';
import { PLATFORM_LOG, SYSTEM_CONTEXT } from '../trail/audit-draft.js';
import { AuditTrail } from '../trail/audit-trail.js';
import { beginChange } from '../trail/begin-change.js';
import { bodyOf } from '../../log-format/transparency/checkpoint.js';
import { nodeReaderOfLeaves } from '../../log-format/transparency/subtrees.js';
import { inclusionProof, readRoot } from '../../log-format/transparency/proof-generation.js';
import { anchorLeaf } from '../../log-format/anchor-format.js';
import { AnchorsRepository } from './anchors.repository.js';

/** An event names so many at most; those beyond get another. */
const LOGS_AN_EVENT = 500;

/**
 * Writes the checkpoints of the businesses' logs into the platform's log, so that whoever witnesses that one witnesses them
 * all: one event for all logs that have grown in a period, whose root is over their checkpoints. It tells nobody of others:
 * each business gets its own path to that root. One process at a time does.
 */
@Injectable()
export class Anchoring extends PeriodicService {
  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly dataSource: DataSource,
    private readonly anchors: AnchorsRepository,
    private readonly notes: CheckpointNotes,
    private readonly trees: TreesRepository,
    private readonly trust: TreeTrust,
    private readonly trail: AuditTrail,
  ) {
    super(config.anchorMs, 'Audit', 'Checkpoints could not be anchored; it will be retried.');
  }

  protected override get isWanted(): boolean {
    return this.config.anchorMs > 0;
  }

  /** Each log once, so that one which cannot be anchored holds up none. */
  override async round(stopped: AbortSignal): Promise<void> {
    let from: string | null = PLATFORM_LOG;
    while (from !== null && !stopped.aborted) from = await this.anchorSome(from);
  }

  /** @returns the last log that was looked at; null: there are none after it, or another process is at it */
  private anchorSome(from: string): Promise<string | null> {
    return inTurn(this.dataSource, 'audit_anchoring', async (manager) => {
      const due = await this.anchors.due(from, LOGS_AN_EVENT, manager);
      const trusted: TrustedTree[] = [];
      for (const stored of due) {
        const tree = await this.trust.judge(stored, this.trees.tilesOf(stored.logId, manager));
        // What is smaller than what is known was set back, or read before it grew: not now.
        if (tree !== null && (this.trust.known(tree.logId)?.size ?? 0) <= tree.size) trusted.push(tree);
      }
      if (trusted.length > 0) await this.anchor(trusted, manager);
      return due.length < LOGS_AN_EVENT ? null : (due.at(-1)?.logId ?? null);
    });
  }

  private async anchor(trees: readonly TrustedTree[], manager: EntityManager): Promise<void> {
    const leaves = trees.map((tree) =>
      anchorLeaf(bodyOf({ ...tree, origin: this.notes.originOf(tree.logId) })),
    );
    const read = nodeReaderOfLeaves(leaves);
    const root = (await readRoot(read, leaves.length)).toString('base64');
    const anchors: { logId: string; size: number; path: Buffer }[] = [];
    for (const [index, { logId, size }] of trees.entries())
      anchors.push({ logId, size, path: Buffer.concat(await inclusionProof(read, index, leaves.length)) });
    const session = await sessionOf(manager);
    await beginChange(session, [PLATFORM_LOG], []);
    const { sequence } = await this.trail.record(
      {
        businessId: null,
        actor: SYSTEM_CONTEXT.actor,
        action: 'checkpoint.anchored',
        target: { kind: 'audit', id: null },
        request: SYSTEM_CONTEXT.request,
        details: { logs: leaves.length, root },
      },
      manager,
    );
    await seeEveryBusiness(session);
    await this.anchors.store(anchors, sequence, manager);
  }
}
