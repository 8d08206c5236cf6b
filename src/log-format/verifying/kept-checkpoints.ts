import { type Checkpoint, openCheckpoint } from '../transparency/checkpoint.js';
import { EMPTY_ROOT } from '../transparency/merkle-tree.js';
import type { PublicNoteKey } from '../transparency/note-key.js';
import { UntrustedNote } from '../transparency/signed-note.js';
import type { Failure, FailureKind } from './verification-report.js';
import type { Gap } from '../export-format.js';
import { Frontier, subtreesOf } from '../transparency/subtrees.js';

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
    return failureOf(KIND_OF_FAULT[error.fault], source, error.message);
  }
}

function failureOf(
  kind: FailureKind,
  source: string,
  message: string,
  sequences: Failure['sequences'] = null,
): Failure {
  return { kind, sequences, line: null, message: `${source}: ${message}` };
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
      const opened =
        fault === undefined ? tryOpen(note, keys, source) : failureOf('bad_anchor', source, fault);
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
  if (kept.origin !== origin)
    return failureOf('wrong_log', source, `it is of the log ${kept.origin}, the export of ${origin}`);
  if (current !== null && size > current.size) {
    const message = `it counts ${size} events, the checkpoint of the export only ${current.size}`;
    return failureOf('removed_tail', source, message, [current.size + 1, size]);
  }
  if (found !== null && Buffer.compare(found, kept.root) !== 0) {
    return failureOf(
      'forked_log',
      source,
      `the first ${size} events of the export are not those it was signed for`,
    );
  }
  if (found !== null) return null;
  return failureOf(
    'uncompared_checkpoint',
    source,
    `the export does not show where its ${size} events end; ask for one with compare_at=${size}`,
  );
}

/** The tree that the lines of an export make, as long as they follow each other without a hole. */
export class ExportTree {
  readonly #frontier = new Frontier();
  readonly #kept: KeptCheckpoints;
  #isWhole = true;

  constructor(kept: KeptCheckpoints) {
    this.#kept = kept;
  }

  /** A sequence is absent or out of order: from here on there is no root to compare. */
  break(): void {
    this.#isWhole = false;
  }

  appendGap({ from, to, subtrees }: Gap, intact: number): void {
    for (const [i, { level }] of subtreesOf(from - 1, to).entries()) this.append(level, subtrees[i]!, intact);
  }

  /** Null if the tree has a hole. */
  root(): Buffer | null {
    return this.#isWhole ? this.#frontier.root() : null;
  }

  /** Appends a full subtree of 2^level leaves, one leaf at level 0. @param intact events found intact so far, these included */
  append(level: number, hash: Uint8Array, intact: number): void {
    if (!this.#isWhole) return;
    this.#frontier.appendSubtree(level, hash);
    this.#kept.pass(this.#frontier.size, () => this.#frontier.root(), intact);
  }
}
