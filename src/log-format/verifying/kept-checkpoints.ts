import { openCheckpoint, type Checkpoint } from '../transparency/checkpoint.js';
import { EMPTY_ROOT } from '../transparency/merkle-tree.js';
import type { PublicNoteKey } from '../transparency/note-key.js';
import { UntrustedNote } from '../transparency/signed-note.js';
import type { Failure, FailureKind } from './verification-report.js';

/** A checkpoint that the reader kept from earlier, and where it comes from. */
export interface KeptNote {
  source: string;
  note: string;
  /** The note whose cosignatures count for this one: that of the platform's log in which it is anchored. */
  cosignedUnder?: string;
  /** Why it proves nothing, as was found before. */
  fault?: string;
}

const KIND_OF_FAULT = {
  malformed: 'malformed_checkpoint',
  unknown_key: 'wrong_key',
  bad_signature: 'bad_signature',
} as const satisfies Record<UntrustedNote['fault'], FailureKind>;

/** Opens a checkpoint or says what is wrong with it. */
export function tryOpen(note: string, keys: readonly PublicNoteKey[], source: string): Checkpoint | Failure {
  try {
    return openCheckpoint(note, keys);
  } catch (error) {
    if (!(error instanceof UntrustedNote)) throw error;
    return {
      kind: KIND_OF_FAULT[error.fault],
      sequences: null,
      line: null,
      message: `${source}: ${error.message}`,
    };
  }
}

function badAnchor(source: string, fault: string): Failure {
  return { kind: 'bad_anchor', sequences: null, line: null, message: `${source}: ${fault}` };
}

interface Kept extends Checkpoint {
  source: string;
  /** Where its cosignatures stand. */
  cosignedUnder: string;
  /** The root of the export at this size; null until, and unless, it was passed. */
  found: Buffer | null;
  /** Intact events up to this size. */
  intact: number;
}

/** Compares the reader's checkpoints with the tree of the export as it grows. */
export class KeptCheckpoints {
  readonly failures: Failure[] = [];
  readonly #kept: Kept[] = [];
  #next = 0;

  constructor(notes: readonly KeptNote[], keys: readonly PublicNoteKey[]) {
    for (const { source, note, cosignedUnder = note, fault } of notes) {
      const opened = fault === undefined ? tryOpen(note, keys, source) : badAnchor(source, fault);
      if ('kind' in opened) this.failures.push(opened);
      else {
        const found = opened.size === 0 ? EMPTY_ROOT : null;
        this.#kept.push({ ...opened, source, cosignedUnder, found, intact: 0 });
      }
    }
    this.#kept.sort((a, b) => a.size - b.size);
  }

  /** To be called after every growth; `rootNow` is only computed where a checkpoint was kept. */
  pass(size: number, rootNow: () => Buffer, intact: number): void {
    for (
      let kept = this.#kept[this.#next];
      kept !== undefined && kept.size <= size;
      kept = this.#kept[++this.#next]
    ) {
      if (kept.size === size) Object.assign(kept, { found: rootNow(), intact });
    }
  }

  /** Judges all of them against the export's own checkpoint, null if it has none to be believed. */
  judge(origin: string, current: Checkpoint | null): { consistent: Kept[]; failures: Failure[] } {
    const failures = [...this.failures];
    const consistent: Kept[] = [];
    for (const kept of this.#kept) {
      const fault = keptCheckpointFailure(kept, origin, current);
      if (fault === null) consistent.push(kept);
      else failures.push(fault);
    }
    return { consistent, failures };
  }
}

function keptCheckpointFailure(kept: Kept, origin: string, current: Checkpoint | null): Failure | null {
  const { source, size, found } = kept;
  const failure = (kind: FailureKind, message: string, sequences: Failure['sequences'] = null): Failure => {
    return { kind, sequences, line: null, message: `${source}: ${message}` };
  };
  if (kept.origin !== origin)
    return failure('wrong_log', `it is of the log ${kept.origin}, the export of ${origin}`);
  if (current !== null && size > current.size) {
    const message = `it counts ${size} events, the checkpoint of the export only ${current.size}`;
    return failure('removed_tail', message, [current.size + 1, size]);
  }
  if (found !== null && Buffer.compare(found, kept.root) !== 0) {
    return failure('forked_log', `the first ${size} events of the export are not those it was signed for`);
  }
  if (found !== null) return null;
  return failure(
    'uncompared_checkpoint',
    `the export does not show where its ${size} events end; ask for one with compare_at=${size}`,
  );
}
