import { Injectable } from '@nestjs/common';
import { refusal } from '../../common/errors/domain-error.js';
import { eventOf } from '../trail/stored-event.js';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { LogRowsRepository } from '../sealing/log-rows.repository.js';
import { Proofs } from '../proofs/proofs.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { HASH_BYTES } from '../../log-format/transparency/merkle-tree.js';
import { hashesIn } from '../../log-format/transparency/tiles.js';
import { openAnchor, type AnchorFile } from '../../log-format/anchor-format.js';
import { AnchorsRepository, type StoredAnchor } from './anchors.repository.js';
import { CosignedCheckpoints } from '../proofs/cosigned-checkpoints.js';

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
