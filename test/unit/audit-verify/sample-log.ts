import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { originOf } from '../../../src/log-format/transparency/checkpoint.js';
import { signCheckpoint } from '../../../src/log-format/transparency/signing.js';
import {
  checkpointLine,
  eventLine,
  gapLine,
  headerLine,
  type ExportHeader,
  type GapReason,
} from '../../../src/log-format/export-format.js';
import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import { vkeyOf } from '../../../src/log-format/transparency/note-key.js';
import { subtreesOf } from '../../../src/log-format/transparency/subtrees.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { randomEvent, seededRandom } from '../log-format/random-event.js';

/** A log in memory that can write any export of itself, line by line, for tests to tamper with. */
export class SampleLog {
  readonly origin: string;
  readonly events: AuditEvent[];
  readonly leaves: Buffer[];
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;

  constructor(
    size: number,
    readonly businessId: string | null = randomUUID(),
    keys = generateKeyPairSync('ed25519'),
    change: (event: AuditEvent) => AuditEvent = (event) => event,
  ) {
    const random = seededRandom(size);
    this.publicKey = keys.publicKey;
    this.#privateKey = keys.privateKey;
    this.origin = originOf('rescind.example', businessId);
    this.events = Array.from({ length: size }, (_, i) => change(randomEvent(random, i + 1, businessId)));
    this.leaves = this.events.map((event) => leafHash(canonicalEvent(event)));
  }

  get vkey(): string {
    return vkeyOf(this.origin, this.publicKey);
  }

  note(size = this.events.length): string {
    return signCheckpoint(
      { origin: this.origin, size, root: merkleRoot(this.leaves.slice(0, size)) },
      this.#privateKey,
    );
  }

  header(change: Partial<ExportHeader> = {}): string {
    const { businessId: business_id, origin, vkey } = this;
    const range = { first_sequence: 1, last_sequence: this.events.length, complete: true, filter: null };
    return headerLine({ rescind_export: 1, business_id, origin, vkey, ...range, ...change });
  }

  eventLine(sequence: number): string {
    return eventLine(
      canonicalEvent(this.events[sequence - 1]!),
      this.leaves[sequence - 1]!.toString('base64'),
    );
  }

  eventLines(from: number, to: number): string[] {
    return Array.from({ length: to - from + 1 }, (_, i) => this.eventLine(from + i));
  }

  gapLine(reason: GapReason, from: number, to: number): string {
    const subtrees = subtreesOf(from - 1, to).map(({ level, index }) =>
      merkleRoot(this.leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    );
    return gapLine({ reason, from, to, subtrees });
  }

  /** Header, all events, checkpoint: line n of the array is the event of sequence n. */
  complete(): string[] {
    return [this.header(), ...this.eventLines(1, this.events.length), checkpointLine(this.note())];
  }
}
