import {
  type Checkpoint,
  openCheckpoint,
  parseAddCheckpoint,
  readCheckpoint,
  TREE_SIZE_CONTENT_TYPE,
} from '../../../src/log-format/transparency/checkpoint.js';
import { cosign } from '../../../src/log-format/transparency/signing.js';
import { EMPTY_ROOT } from '../../../src/log-format/transparency/merkle-tree.js';
import { noteKeyIdOf, type PublicNoteKey } from '../../../src/log-format/transparency/note-key.js';
import { consistencyHolds } from '../../../src/log-format/transparency/proof-verification.js';
import { parseNote, signatureLine, UntrustedNote } from '../../../src/log-format/transparency/signed-note.js';
import type { WitnessKey } from './witness-key.js';
import { originHash, type WitnessState } from './witness-state.js';
import type { WitnessedLogs } from './witnessed-logs.js';

/** What is answered over HTTP. */
export interface WitnessAnswer {
  status: number;
  body: string;
  contentType: string;
}

const TEXT = 'text/plain; charset=utf-8';
/** How often another request may be first; after that, this one gets the current size as its answer. */
const ATTEMPTS_MAX = 3;

/**
 * Cosigns the checkpoints of some logs as long as each follows from the one before (C2SP tlog-witness). Every answer
 * was written to the disk before it is sent, and no two answers for one log contradict each other, whatever crashes.
 */
export class Witness {
  constructor(
    private readonly key: WitnessKey,
    private readonly logs: WitnessedLogs,
    private readonly state: WitnessState,
    private readonly surroundings: { report: (line: string) => void; nowMs: () => number },
  ) {}

  /** The answer to `add-checkpoint`. @throws Error if the state cannot be read or written */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    const asked = parseAddCheckpoint(body);
    if (asked === null)
      return refused(400, 'the body is not "old <size>", a proof, an empty line and a checkpoint');
    const opened = this.open(asked.note);
    if ('status' in opened) return opened;
    const { checkpoint, note } = opened;
    const { origin, size, root } = checkpoint;
    if (asked.oldSize > size) return refused(400, 'the old size is above that of the checkpoint');
    for (let attempt = 1; ; attempt++) {
      const known = await this.state.latest(origin);
      const { size: oldSize, root: oldRoot } = known?.checkpoint ?? { size: 0, root: EMPTY_ROOT };
      if (asked.oldSize !== oldSize || attempt > ATTEMPTS_MAX)
        return { status: 409, body: `${oldSize}\n`, contentType: TREE_SIZE_CONTENT_TYPE };
      const claim = { oldSize, newSize: size, oldRoot, newRoot: root, proof: asked.proof };
      if (!consistencyHolds(claim)) return this.inconsistent(checkpoint, oldSize, note);
      const seconds = Math.floor(this.surroundings.nowMs() / 1000);
      const cosignature = cosign(parseNote(note).text, this.key.name, this.key.privateKey, seconds);
      if (await this.state.advance(origin, known?.generation ?? 0, `${note}${cosignature}`))
        return { status: 200, body: cosignature, contentType: TEXT };
    }
  }

  /** The checkpoint that was cosigned last for the log with that hash of its origin, for others to compare. */
  async checkpoint(hashOfOrigin: string): Promise<WitnessAnswer> {
    const origin = [...this.logs.keys()].find((each) => originHash(each) === hashOfOrigin);
    const known = origin === undefined ? null : await this.state.latest(origin);
    if (known === null) return refused(404, 'nothing was cosigned of that log');
    return { status: 200, body: known.note, contentType: TEXT };
  }

  /** The checkpoint, and its note with only the signatures of the log; or why it is refused. */
  private open(note: string): { checkpoint: Checkpoint; note: string } | WitnessAnswer {
    try {
      const keys = this.logs.get(readCheckpoint(note).origin);
      if (keys === undefined) return refused(404, 'that log is not witnessed here');
      return { checkpoint: openCheckpoint(note, keys), note: withoutOthers(note, keys) };
    } catch (error) {
      if (!(error instanceof UntrustedNote)) throw error;
      return error.fault === 'malformed'
        ? refused(400, 'that is no checkpoint')
        : refused(403, 'the checkpoint is not signed by a key of its log');
    }
  }

  /** The log itself has signed it: this may prove that it shows different histories to different readers. */
  private async inconsistent(checkpoint: Checkpoint, oldSize: number, note: string): Promise<WitnessAnswer> {
    const { origin, size } = checkpoint;
    this.surroundings.report(
      `REFUSED ${origin}: its checkpoint of ${size} events does not follow from that of ${oldSize}; kept under refused/`,
    );
    await this.state.keepEvidence(checkpoint, note);
    return refused(422, `the proof does not lead from size ${oldSize} to the checkpoint`);
  }
}

function withoutOthers(note: string, keys: readonly PublicNoteKey[]): string {
  const { text, signatures } = parseNote(note);
  const own = signatures.filter(({ name, keyId }) =>
    keys.some((key) => key.name === name && noteKeyIdOf(name, key.publicKey).equals(keyId)),
  );
  return `${text}\n${own.map(signatureLine).join('')}`;
}

function refused(status: number, why: string): WitnessAnswer {
  return { status, body: `${why}\n`, contentType: TEXT };
}
