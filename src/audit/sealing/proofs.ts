import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain-error.js';
import { EMPTY_ROOT } from '../transparency/merkle-tree.js';
import { consistencyProof, inclusionProof, readRoot } from '../transparency/proof-generation.js';
import { nodeReaderOf } from '../transparency/tiles.js';
import { formatTlogProof } from '../transparency/tlog-proof.js';
import { CheckpointNotes } from './checkpoint-notes.js';
import { Sealer } from './sealer.js';
import { TreesRepository, type Tree } from './trees.repository.js';

export interface Consistency {
  from: number;
  to: number;
  fromRoot: Buffer;
  toRoot: Buffer;
  hashes: Buffer[];
}

/** Checkpoints and proofs, made when they are asked for. */
@Injectable()
export class Proofs {
  constructor(
    private readonly trees: TreesRepository,
    private readonly sealer: Sealer,
    private readonly notes: CheckpointNotes,
  ) {}

  /** The tree of a log, with everything in it that had been recorded when this was called. */
  async sealed(logId: string): Promise<Tree> {
    let state = (await this.trees.states([logId])).get(logId);
    if (state === undefined) return { logId, size: 0, root: EMPTY_ROOT };
    for (const { head } = state; state.size < head;) {
      const [tree] = await this.sealer.seal([logId]);
      // Behind and not growing: there is a fault, and the alarm was raised. What was sealed before stays true.
      if (tree === undefined || tree.size <= state.size) return tree ?? state;
      state = { ...tree, head };
    }
    return state;
  }

  /** The signed note of the latest checkpoint, made now if there is news. */
  async checkpoint(logId: string): Promise<string> {
    return this.notes.noteOf(await this.sealed(logId));
  }

  /**
   * That the log at size `to` begins with what it was at size `from` (RFC 6962 §2.1.2).
   * @throws DomainError `input.invalid` unless 1 <= from <= to <= size of the log
   */
  async consistency(logId: string, from: number, to: number | undefined): Promise<Consistency> {
    const { size } = await this.sealed(logId);
    const end = to ?? size;
    if (end > size) throw beyond('to', `Input should be less than or equal to ${size}, the size of the log`);
    if (from > end) throw beyond('from', `Input should be less than or equal to ${end}`);
    const read = nodeReaderOf(this.trees.tilesOf(logId));
    const [hashes, fromRoot, toRoot] = await Promise.all([
      consistencyProof(read, from, end),
      readRoot(read, from),
      readRoot(read, end),
    ]);
    return { from, to: end, fromRoot, toRoot, hashes };
  }

  /**
   * The proof file of an event (C2SP tlog-proof) under the latest checkpoint.
   * @throws DomainError `service.unavailable` while the event cannot be sealed
   */
  async inclusion(logId: string, sequence: number): Promise<string> {
    let tree = (await this.trees.states([logId])).get(logId) as Tree;
    if (sequence > tree.size) tree = await this.sealed(logId);
    if (sequence > tree.size) {
      throw new DomainError('service.unavailable', 'The event is not sealed yet.', { retryAfterSeconds: 5 });
    }
    const leafIndex = sequence - 1;
    const hashes = await inclusionProof(nodeReaderOf(this.trees.tilesOf(logId)), leafIndex, tree.size);
    return formatTlogProof({ extra: null, leafIndex, hashes, checkpoint: this.notes.noteOf(tree) });
  }
}

function beyond(name: string, msg: string): DomainError {
  return new DomainError('input.invalid', 'The input is not valid.', {
    issues: [{ loc: ['query', name], msg, type: 'less_than_equal' }],
  });
}
