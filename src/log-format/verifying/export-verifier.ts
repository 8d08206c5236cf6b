import { type Checkpoint, isOriginOf } from '../transparency/checkpoint.js';
import type { ExportHeader, Gap } from '../export-format.js';
import { ActorLedger, type RecordedArchive, RetentionLedger, SequenceLedger } from './ledgers.js';
import { type Cosigned, cosignedBy, type WitnessPolicy } from '../transparency/witness-policy.js';
import { type ExportLine, readExportLine, readHeader } from './export-line.js';
import { ExportTree, KeptCheckpoints, type KeptNote, tryOpen } from './kept-checkpoints.js';
import { FailureList, type VerificationReport } from './verification-report.js';
import type { PublicNoteKey } from '../transparency/note-key.js';
import { UnreadableInput } from './unreadable-input.js';

/** What the reader of an export trusts and asks for. */
export interface Expectations {
  keys: readonly PublicNoteKey[];
  kept: readonly KeptNote[];
  /** The log that the reader means; null to believe the export, whose origin is then only as good as the key. */
  origin: string | null;
  /** Where the archives lie whose digests the log records; null: they are not looked at. */
  archive: string | null;
  /** Whose cosignatures some checkpoint of the log must have; null: none are looked at. */
  policy?: WitnessPolicy | null;
  /** Refuse an export that leaves anything out but what retention dropped. */
  requireComplete: boolean;
}

/**
 * Verifies one export, line by line, in memory that grows with revoked tokens alone. Every event is hashed anew as it is shown and
 * compared with its leaf; the leaves together with the signed root. Events are proven only by that root, or by a kept
 * checkpoint that the first part of the export agrees with.
 */
export class ExportVerifier {
  /** How many the lines taken so far have shown. */
  events = 0;
  readonly #header: ExportHeader;
  readonly #expected: Expectations;
  readonly #failures = new FailureList();
  readonly #sequences = new SequenceLedger();
  readonly #retention = new RetentionLedger();
  readonly #actors = new ActorLedger();
  readonly #kept: KeptCheckpoints;
  readonly #tree: ExportTree;
  #note: string | null = null;
  #line = 1;
  readonly #gaps = { skipped: 0, dropped: 0, missing: 0 };

  constructor(header: ExportHeader, expected: Expectations) {
    this.#header = header;
    this.#expected = expected;
    this.#kept = new KeptCheckpoints(expected.kept, expected.keys);
    this.#tree = new ExportTree(this.#kept);
    if (!isOriginOf(header.origin, header.business_id)) {
      this.#failures.add('wrong_log', `the origin ${header.origin} is not that of the business`, { line: 1 });
    }
    if (expected.origin !== null && expected.origin !== header.origin) {
      this.#failures.add('wrong_log', `the export is of ${header.origin}, not of ${expected.origin}`);
    }
  }

  /** What the lines taken so far say was archived. */
  get archives(): readonly RecordedArchive[] {
    return this.#retention.archives;
  }

  /** Whether the lines taken so far say that a token was revoked. */
  hasRevoked(tokenId: string): boolean {
    return this.#actors.hasRevoked(tokenId);
  }

  /** The notes whose signatures `finish` looks at. */
  get notes(): string[] {
    const kept = this.#expected.kept.map(({ note, cosignedUnder = note }) => cosignedUnder);
    return this.#note === null ? kept : [this.#note, ...kept];
  }

  /** To be called before `finish`. */
  refuseArchive({ name, sequence }: RecordedArchive): void {
    this.#failures.add('changed_archive', `the archive ${name} is not what was written, or is gone`, {
      sequence,
    });
  }

  /** Takes the next line behind the header, without its newline. */
  take(text: string): void {
    this.#line += 1;
    const line = readExportLine(text);
    if (this.#note !== null || line.kind === 'malformed') return this.#refuse(this.#note !== null);
    switch (line.kind) {
      case 'event':
        return this.#takeEvent(line);
      case 'gap':
        return this.#takeGap(line.gap);
      case 'checkpoint':
        this.#note = line.note;
    }
  }

  /** To be called once, after the last line. */
  finish(): VerificationReport {
    const checkpoint = this.#openCheckpoint();
    this.#reportAbsent();
    const { consistent, failures } = this.#kept.judge(this.#header.origin, checkpoint);
    const agreed = consistent.at(-1) ?? { size: 0, intact: 0 };
    const rootHolds = checkpoint !== null && this.#rootHolds(checkpoint, agreed.size);
    failures.forEach((failure) => this.#failures.push(failure));
    const cosigned = this.#judgeWitnesses(rootHolds ? checkpoint.size : null, consistent);
    this.#judgeCompleteness(checkpoint);
    const proven = rootHolds ? { size: checkpoint.size, intact: this.#sequences.intactCount } : agreed;
    const { business_id, origin, first_sequence, last_sequence, complete } = this.#header;
    return {
      verified: this.#failures.count === 0,
      ...{ business_id, origin, first_sequence, last_sequence, complete },
      size: checkpoint?.size ?? null,
      root: checkpoint === null ? null : Buffer.from(checkpoint.root).toString('base64'),
      events: this.events,
      events_proven: proven.intact,
      proven: this.#sequences.intactThrough(proven.size),
      ...this.#gaps,
      dropped_under: this.#retention.record,
      consistent_with: consistent.map(({ source, size }) => ({ source, size })),
      cosigned,
      failure_count: this.#failures.count,
      failures: this.#failures.listed,
    };
  }

  #takeEvent({ event, leaf, state }: ExportLine & { kind: 'event' }): void {
    const { sequence } = event;
    const line = this.#line;
    this.events += 1;
    const inOrder = this.#arrive(sequence, sequence);
    const isOwn = event.business_id === this.#header.business_id;
    if (!isOwn) this.#failures.add('foreign_event', 'it belongs to another business', { sequence, line });
    if (state === 'changed') {
      this.#failures.add('changed_event', 'its fields are not those that were logged', { sequence, line });
    } else if (state === 'embellished') {
      this.#failures.add('malformed_line', 'it is not in the form in which it was hashed', {
        sequence,
        line,
      });
    } else if (inOrder && isOwn) {
      this.#sequences.markIntact(sequence);
      this.#retention.seeEvent(event);
      if (!this.#actors.admits(event)) {
        const message = 'the token that it was done with had been revoked before';
        this.#failures.add('acted_after_revocation', message, { sequence, line });
      }
    }
    this.#tree.append(0, leaf, this.#sequences.intactCount);
  }

  #takeGap(gap: Gap): void {
    const sequences: [number, number] = [gap.from, gap.to];
    this.#gaps[gap.reason] += gap.to - gap.from + 1;
    this.#arrive(gap.from, gap.to);
    if (gap.reason === 'missing') {
      this.#failures.add('removed_event', 'the log holds its leaf but no content', {
        sequences,
        line: this.#line,
      });
    }
    const refusal = this.#retention.seeGap(gap, this.#header);
    if (refusal !== null) this.#failures.add(refusal.kind, refusal.message, { sequences, line: this.#line });
    this.#tree.appendGap(gap, this.#sequences.intactCount);
  }

  #arrive(from: number, to: number): boolean {
    const arrival = this.#sequences.arrive(from, to);
    const where = { sequences: [from, to] as [number, number], line: this.#line };
    if (arrival === 'late') this.#failures.add('reordered_event', 'it stands after later ones', where);
    if (arrival === 'repeated') this.#failures.add('duplicate_event', 'it was there before', where);
    if (arrival !== 'next') this.#tree.break();
    return arrival === 'next' || arrival === 'ahead';
  }

  #refuse(isAfterEnd: boolean): void {
    const message = isAfterEnd ? 'it comes after the checkpoint' : 'it is no line of an export';
    this.#failures.add('malformed_line', message, { line: this.#line });
  }

  #openCheckpoint(): Checkpoint | null {
    if (this.#note === null) {
      this.#failures.add('no_checkpoint', 'the export ends without its checkpoint: its tail was removed');
      return null;
    }
    const opened = tryOpen(this.#note, this.#expected.keys, 'the checkpoint of the export');
    if ('kind' in opened) {
      this.#failures.push(opened);
      return null;
    }
    if (opened.origin === this.#header.origin) return opened;
    this.#failures.add(
      'wrong_log',
      `the checkpoint is of the log ${opened.origin}, the export of ${this.#header.origin}`,
    );
    return null;
  }

  #reportAbsent(): void {
    for (const [from, to] of this.#sequences.absent) {
      this.#failures.add('removed_event', 'the export has no line for it', { sequences: [from, to] });
    }
  }

  #rootHolds(checkpoint: Checkpoint, agreedSize: number): boolean {
    const last = this.#sequences.expected - 1;
    if (last < checkpoint.size) {
      const message = `the checkpoint counts ${checkpoint.size} events, the export ends at ${last}`;
      this.#failures.add('removed_tail', message, { sequences: [last + 1, checkpoint.size] });
    } else if (last > checkpoint.size) {
      const message = `the checkpoint counts only ${checkpoint.size} events`;
      this.#failures.add('added_tail', message, { sequences: [checkpoint.size + 1, last] });
    } else {
      const root = this.#tree.root();
      if (root?.equals(checkpoint.root)) return true;
      const sequences: [number, number] = [agreedSize + 1, checkpoint.size];
      const message = 'some leaf of these is not the one in the signed log';
      if (root !== null) this.#failures.add('root_mismatch', message, { sequences });
    }
    return false;
  }

  /** Under a checkpoint that the export agrees with: its own, or one that was kept. */
  #judgeWitnesses(
    ownSize: number | null,
    consistent: readonly { size: number; cosignedUnder: string; source: string }[],
  ): Cosigned | null {
    const { policy } = this.#expected;
    if (policy === undefined || policy === null) return null;
    const own =
      ownSize === null
        ? []
        : [{ size: ownSize, cosignedUnder: this.#note ?? '', source: 'the checkpoint of the export' }];
    const reasons: string[] = [];
    for (const { size, cosignedUnder, source } of [...own, ...consistent.toReversed()]) {
      const found = cosignedBy(policy, cosignedUnder, size);
      if (typeof found !== 'string') return found;
      reasons.push(`${source}: ${found}`);
    }
    this.#failures.add('no_quorum', reasons[0] ?? 'there is no checkpoint that it agrees with');
    return null;
  }

  #judgeCompleteness(checkpoint: Checkpoint | null): void {
    const { complete, first_sequence: first, last_sequence: last } = this.#header;
    if (checkpoint !== null && last > checkpoint.size) {
      this.#failures.add(
        'removed_tail',
        `the export says it ends at ${last}, its checkpoint at ${checkpoint.size}`,
      );
    }
    const reachesEnd = complete && last === (checkpoint?.size ?? last);
    if (this.#expected.requireComplete && !(reachesEnd && first === 1)) {
      this.#failures.add('incomplete', 'the export was filtered or is only a part of the log');
    }
    // The record of a drop stands behind what it dropped: an export up to the end has it.
    const sequences = this.#retention.unrecorded;
    if (reachesEnd && sequences !== null) {
      const message = 'they are said to be dropped by retention, but no event of the log records that';
      this.#failures.add('removed_event', message, { sequences });
    }
  }
}

/**
 * Hands the lines of an export to its verifier, which is then to be finished.
 * @param name what the export is called in what is said of it
 * @param onBatch told of the events seen so far, after every batch
 * @throws UnreadableInput if it is empty or does not start like an export
 */
export async function takeExport(
  name: string,
  batches: AsyncIterable<string[]>,
  expected: Expectations,
  onBatch: (events: number) => void,
): Promise<ExportVerifier> {
  let verifier: ExportVerifier | null = null;
  for await (const lines of batches) {
    for (const line of lines) {
      if (verifier === null) verifier = begin(name, line, expected);
      else verifier.take(line);
    }
    onBatch(verifier?.events ?? 0);
  }
  if (verifier === null) throw new UnreadableInput(`${name} is empty`);
  return verifier;
}

function begin(name: string, line: string, expected: Expectations): ExportVerifier {
  const header = readHeader(line);
  if (header === null)
    throw new UnreadableInput(`${name} is not an export of this version: it has no header line`);
  return new ExportVerifier(header, expected);
}
