import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource, type EntityManager } from 'typeorm';
import { refusal } from '../../common/errors/domain-error.js';
import { eventOf } from '../trail/stored-event.js';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { LogRowsRepository } from '../sealing/log-rows.repository.js';
import { Proofs } from '../proofs/proofs.js';
import { PLATFORM_LOG, SYSTEM_CONTEXT } from '../trail/audit-draft.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { HASH_BYTES } from '../../log-format/transparency/merkle-tree.js';
import { hashesIn } from '../../log-format/transparency/tiles.js';
import { type AnchorFile, anchorLeaf, openAnchor } from '../../log-format/anchor-format.js';
import { AnchorsRepository, type StoredAnchor } from './anchors.repository.js';
import { CosignedCheckpoints } from '../proofs/cosigned-checkpoints.js';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { inTurn } from '../../database/leadership.js';
import { sessionOf } from '../../database/prepared.js';
import { seeEveryBusiness } from '../../database/row-access.js';
import { TreeTrust } from '../sealing/tree-trust.js';
import { TreesRepository, type TrustedTree } from '../sealing/trees.repository.js';
import { AuditTrail } from '../trail/audit-trail.js';
import { beginChange } from '../trail/begin-change.js';
import { bodyOf } from '../../log-format/transparency/checkpoint.js';
import { nodeReaderOfLeaves } from '../../log-format/transparency/subtrees.js';
import { inclusionProof, readRoot } from '../../log-format/transparency/proof-generation.js';

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

/** What proves that a checkpoint of a business is in the platform's log. Made from rows, and checked before it is told. */
@Injectable()
export class Anchors {
  constructor(
    private readonly anchors: AnchorsRepository,
    private readonly checkpoints: CosignedCheckpoints,
    private readonly notes: CheckpointNotes,
    private readonly proofs: Proofs,
    private readonly rows: LogRowsRepository,
    private readonly keys: SigningKeys,
    private readonly faults: IntegrityFaults,
  ) {}

  /**
   * The latest anchor of the log.
   * @throws DomainError `audit.not_anchored`, `audit.integrity_violated`
   */
  async ofLog(logId: string): Promise<AnchorFile> {
    const anchor = await this.anchors.ofLog(logId);
    const tree = await this.proofs.present(logId);
    if (anchor === null || tree === null) throw refusal('audit.not_anchored');
    const anchored = await this.checkpoints.earlier(tree, anchor.size);
    const event = await this.eventAt(anchor.sequence);
    if (event === null) throw refusal('audit.not_anchored');
    if (anchored === null) throw this.changed(logId);
    const file: AnchorFile = {
      rescind_anchor: 1,
      checkpoint: this.notes.noteOf(anchored),
      index: anchor.leafIndex,
      path: pathOf(anchor),
      event,
      proof: await this.proofs.inclusion(PLATFORM_LOG, anchor.sequence),
    };
    const own = [{ name: null, publicKey: this.keys.publicKey }];
    if (typeof openAnchor(JSON.stringify(file), own) === 'string') throw this.changed(logId);
    return file;
  }

  /** Null: retention has dropped it. */
  private async eventAt(sequence: number): Promise<string | null> {
    const range = { logId: PLATFORM_LOG, from: sequence, to: sequence };
    let event: string | null = null;
    for await (const {
      rows: [row],
    } of this.rows.events([range]))
      if (row !== undefined) event = canonicalEvent(eventOf(row));
    return event;
  }

  private changed(logId: string) {
    this.faults.raise('anchor_changed', logId, null);
    return refusal('audit.integrity_violated');
  }
}

function pathOf({ path }: StoredAnchor): string[] {
  const whole = path.subarray(0, path.length - (path.length % HASH_BYTES));
  return hashesIn(whole).map((hash) => Buffer.from(hash).toString('base64'));
}
