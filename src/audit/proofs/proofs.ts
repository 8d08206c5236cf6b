import { Injectable } from '@nestjs/common';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { EMPTY_ROOT } from '../../log-format/transparency/merkle-tree.js';
import {
  consistencyProof,
  inclusionProofWithLeaf,
  readRoot,
} from '../../log-format/transparency/proof-generation.js';
import { consistencyHolds, inclusionHolds } from '../../log-format/transparency/proof-verification.js';
import { ProvenTiles } from './proven-tiles.js';
import { nodeReaderOf } from '../../log-format/transparency/tiles.js';
import { formatTlogProof } from '../../log-format/transparency/tlog-proof.js';
import { CosignedCheckpoints } from './cosigned-checkpoints.js';
import { IntegrityFaults } from '../sealing/integrity-faults.js';
import { Sealer } from '../sealing/sealer.js';
import { trusted, TreeTrust } from '../sealing/tree-trust.js';
import { TreesRepository, type Tree, type TrustedTree } from '../sealing/trees.repository.js';

interface Consistency {
  from: number;
  to: number;
  fromRoot: Buffer;
  toRoot: Buffer;
  hashes: Buffer[];
}

interface Inclusion {
  leaf: Buffer;
  hashes: Buffer[];
  tree: TrustedTree;
}

/** A tree as it was sealed last, how far its log has grown, and the size that it must have grown to before it may be signed. */
interface CurrentTree extends TrustedTree {
  head: number;
  known: number;
}

/** Checkpoints and proofs, made when they are asked for. */
@Injectable()
export class Proofs {
  constructor(
    private readonly trees: TreesRepository,
    private readonly sealer: Sealer,
    private readonly cosigned: CosignedCheckpoints,
    private readonly trust: TreeTrust,
    private readonly faults: IntegrityFaults,
    private readonly proven: ProvenTiles,
  ) {}

  /**
   * The tree of a log, including everything that had been recorded when this was called. It includes less if
   * something recorded since is not what was written: what was sealed before stays valid.
   * @throws DomainError `audit.integrity_violated` if there is none that may be signed
   */
  async sealed(logId: string): Promise<TrustedTree> {
    const state = await this.present(logId);
    if (state === null) return trusted({ logId, size: 0, root: EMPTY_ROOT });
    let tree: TrustedTree = state;
    while (tree.size < state.head) {
      const sealed = await this.sealer.seal([logId]);
      const next = sealed?.get(logId) ?? null;
      if (next === null) throw refusal('audit.integrity_violated');
      // Too small and not growing: a fault was raised.
      if (next.size <= tree.size) break;
      tree = next;
    }
    if (tree.size < state.known || (tree.size === 0 && state.head > 0))
      throw refusal('audit.integrity_violated');
    return tree;
  }

  /**
   * The tree as it was sealed last, and the size that it must have grown to before it may be signed; null while there is none.
   * @throws DomainError `audit.integrity_violated`
   */
  async present(logId: string): Promise<CurrentTree | null> {
    for (let attempt = 1; ; attempt++) {
      const state = (await this.trees.states([logId])).get(logId);
      if (state === undefined && this.trust.known(logId) === null) return null;
      const { head, ...stored } = state ?? { logId, size: 0, root: EMPTY_ROOT, seal: null, head: 0 };
      const tree = await this.trust.judge(stored, this.trees.tilesOf(logId));
      if (tree === null) throw refusal('audit.integrity_violated');
      const known = this.trust.known(logId)?.size ?? 0;
      if (known <= tree.size) {
        this.trust.remember(tree);
        return { ...tree, head, known };
      }
      // It may have been read before it grew, and may be known since: then it has grown by now.
      if (attempt > 1) {
        if (head >= known) return { ...tree, head, known };
        this.faults.raise('log_shortened', logId, head);
        throw refusal('audit.integrity_violated');
      }
    }
  }

  /** The signed note of the latest checkpoint, made now if there is news, with the cosignatures that it has. */
  async checkpoint(logId: string): Promise<string> {
    return this.cosigned.noteOf(await this.sealed(logId));
  }

  /**
   * The latest checkpoint that the quorum of witnesses has cosigned.
   * @throws DomainError `input.invalid` when none are asked, `service.unavailable` while there is none
   */
  async cosignedCheckpoint(logId: string): Promise<string> {
    if (!this.cosigned.covers(logId)) {
      const msg = 'No witnesses are asked here';
      throw refusal('input.invalid', {
        issues: [{ loc: ['query', 'cosigned'], msg, type: 'not_configured' }],
      });
    }
    const tree = await this.present(logId);
    const latest = tree === null ? null : await this.cosigned.latest(tree);
    if (latest === null)
      throw new DomainError('service.unavailable', 'The witnesses have not cosigned the log yet.', {
        retryAfterSeconds: 5,
      });
    return latest.note;
  }

  /**
   * That the log at size `to` begins with what it was at size `from` (RFC 6962 §2.1.2).
   * @throws DomainError `input.invalid` unless 1 <= from <= to <= size of the log
   */
  async consistency(logId: string, from: number, to: number | undefined): Promise<Consistency> {
    const tree = await this.sealed(logId);
    const { size } = tree;
    const end = to ?? size;
    if (end > size) throw beyond('to', `Input should be less than or equal to ${size}, the size of the log`);
    if (from > end) throw beyond('from', `Input should be less than or equal to ${end}`);
    const read = nodeReaderOf(this.trees.tilesOf(logId));
    const [hashes, onwards, fromRoot, toRoot] = await this.fromTiles(tree, () =>
      Promise.all([
        consistencyProof(read, from, end),
        consistencyProof(read, end, size),
        readRoot(read, from),
        readRoot(read, end),
      ]),
    );
    const isProven =
      consistencyHolds({ oldSize: from, newSize: end, oldRoot: fromRoot, newRoot: toRoot, proof: hashes }) &&
      consistencyHolds({ oldSize: end, newSize: size, oldRoot: toRoot, newRoot: tree.root, proof: onwards });
    if (!isProven) throw this.tilesChanged(logId);
    return { from, to: end, fromRoot, toRoot, hashes };
  }

  /**
   * The proof file of an event (C2SP tlog-proof) under the latest checkpoint; where witnesses are asked, under the latest that
   * has their quorum, if the event is in that.
   * @param present the tree, for whoever has it read already
   * @throws DomainError `service.unavailable` while the event cannot be sealed
   */
  async inclusion(logId: string, sequence: number, present?: Promise<CurrentTree | null>): Promise<string> {
    const { hashes, tree } = await this.included(logId, sequence, present);
    const leafIndex = sequence - 1;
    const cosigned = await this.cosigned.latest(tree);
    if (cosigned === null || sequence > cosigned.tree.size)
      return formatTlogProof({
        extra: null,
        leafIndex,
        hashes,
        checkpoint: await this.cosigned.noteOf(tree),
      });
    const earlier = await this.leafIn(cosigned.tree, sequence);
    return formatTlogProof({ extra: null, leafIndex, hashes: earlier.hashes, checkpoint: cosigned.note });
  }

  /**
   * The leaf of a sequence, proven to be in the tree that is returned beside it.
   * @throws DomainError `service.unavailable` while the event cannot be sealed, `audit.integrity_violated`
   */
  async included(
    logId: string,
    sequence: number,
    present: Promise<CurrentTree | null> = this.present(logId),
  ): Promise<Inclusion> {
    const tree = await this.covering(logId, sequence, present);
    if (sequence > tree.size) {
      throw new DomainError('service.unavailable', 'The event is not sealed yet.', { retryAfterSeconds: 5 });
    }
    return this.leafIn(tree, sequence);
  }

  private async leafIn(tree: TrustedTree, sequence: number): Promise<Inclusion> {
    const { logId, size, root } = tree;
    const leafIndex = sequence - 1;
    const read = nodeReaderOf(this.trees.tilesOf(logId));
    const [hashes, leaf] = await this.fromTiles(tree, () => inclusionProofWithLeaf(read, leafIndex, size));
    if (!inclusionHolds({ leafIndex, size, leaf, proof: hashes, root })) throw this.tilesChanged(logId);
    return { leaf: Buffer.from(leaf), hashes, tree };
  }

  /**
   * The leaves of sequences, proven to be in the tree together; those that are not are left out.
   * @throws DomainError `audit.integrity_violated` when there is no tree that may be signed
   */
  async leaves(logId: string, sequences: readonly number[]): Promise<Map<number, Buffer>> {
    const tree = await this.covering(logId, Math.max(0, ...sequences), this.present(logId));
    const sealed = sequences.filter((sequence) => sequence >= 1 && sequence <= tree.size);
    const leaves = await this.proven.leaves(
      tree,
      sealed.map((sequence) => sequence - 1),
      this.trees.tilesOf(logId),
    );
    const found = new Map<number, Buffer>();
    for (const [index, leaf] of leaves.entries()) if (leaf !== null) found.set(sealed[index] as number, leaf);
    if (found.size < new Set(sealed).size) this.faults.raise('tree_changed', logId, null);
    return found;
  }

  /** The tree with that sequence in it, sealed now if need be; without it, while it cannot be sealed. */
  private async covering(
    logId: string,
    sequence: number,
    present: Promise<CurrentTree | null>,
  ): Promise<TrustedTree> {
    const state = await present;
    const isEnough = state !== null && sequence <= state.size && state.known <= state.size;
    return isEnough ? state : this.sealed(logId);
  }

  /** What is read from the tiles is compared with the sealed root before it is returned. */
  private async fromTiles<Result>({ logId }: Tree, read: () => Promise<Result>): Promise<Result> {
    try {
      return await read();
    } catch (error) {
      throw error instanceof RangeError ? this.tilesChanged(logId) : error;
    }
  }

  private tilesChanged(logId: string): DomainError {
    this.faults.raise('tree_changed', logId, null);
    return refusal('audit.integrity_violated');
  }
}

function beyond(name: string, msg: string): DomainError {
  return refusal('input.invalid', {
    issues: [{ loc: ['query', name], msg, type: 'less_than_equal' }],
  });
}
