import { parsePublicKey, type PublicNoteKey } from '../../../src/log-format/transparency/note-key.js';
import {
  cosignedBy,
  UnusablePolicy,
  WitnessPolicy,
} from '../../../src/log-format/transparency/witness-policy.js';
import { tryOpen, type KeptNote } from '../../../src/log-format/verifying/kept-checkpoints.js';
import { renderReport } from '../../../src/log-format/verifying/verification-report.js';
import {
  renderAnchorReport,
  renderStatementReport,
  verifyAnchor,
  verifyStatements,
} from '../../../src/log-format/verifying/verify-statements.js';
import { takeExport } from '../../../src/log-format/verifying/export-verifier.js';
import { UnreadableInput } from '../../../src/log-format/verifying/unreadable-input.js';
import { openAnchor } from '../../../src/log-format/anchor-format.js';
import type { FileKind } from './file-kinds.js';
import { answered } from './platform.js';
import { readExport } from './read-export.js';

export interface Given {
  files: readonly { file: File; kind: FileKind }[];
  /** Verifier keys, a line each, or one PEM; empty: none. */
  keys: string;
  /** Empty: none is named. */
  origin: string;
  requireComplete: boolean;
}

/** The report in the words of `rescind audit verify`. */
export interface Judgement {
  verified: boolean;
  report: string;
}

type OnProgress = (share: number, events: number) => void;

interface Trust {
  keys: PublicNoteKey[];
  policy: WitnessPolicy | null;
}

/**
 * Verifies what is given, as `rescind audit verify` does.
 * @throws UnreadableInput when it is not plain what to verify or whom to believe, or a file cannot be read
 */
export async function judge(given: Given, onProgress: OnProgress): Promise<Judgement> {
  const strange = given.files.find(({ kind }) => kind === 'unknown');
  if (strange !== undefined)
    throw new UnreadableInput(`${strange.file.name} is nothing that is verified here: say what it is`);
  const trust = await trustIn(given);
  const origin = given.origin.trim() === '' ? null : given.origin.trim();
  if (origin === null && trust.keys.some(({ name }) => name === null))
    throw new UnreadableInput(
      'the origin must say which log is meant: this key is good for every log of an installation',
    );
  const exported = only(given, 'export');
  const anchor = only(given, 'anchor');
  const texts = { receipt: only(given, 'receipt'), proof: only(given, 'proof'), event: only(given, 'event') };
  const hasStatement = Object.values(texts).some((file) => file !== null);
  if (hasStatement && (exported !== null || anchor !== null))
    throw new UnreadableInput('verify an export or an anchor, or a receipt and a proof, not both at once');
  if (exported !== null) return judgeExport(exported, given, { ...trust, origin }, onProgress);
  if (anchor !== null) return judgeAnchor(await anchor.text(), trust, origin);
  if (texts.receipt === null && (texts.proof === null || texts.event === null))
    throw new UnreadableInput(
      hasStatement
        ? 'a proof and its event go together, unless there is a receipt'
        : 'there is nothing to verify yet: add an export, a receipt or a proof',
    );
  const [receipt, proof, event] = await Promise.all([
    textIn(texts.receipt),
    textIn(texts.proof),
    textIn(texts.event),
  ]);
  const statements = { receipt, proof, event };
  const report = await answered(() => verifyStatements(statements, trust.keys, origin, trust.policy));
  return { verified: report.verified, report: renderStatementReport(report) };
}

async function judgeAnchor(text: string, trust: Trust, origin: string | null): Promise<Judgement> {
  const report = await answered(() => verifyAnchor(text, trust, origin));
  return { verified: report.verified, report: renderAnchorReport(report) };
}

async function judgeExport(
  file: File,
  given: Given,
  { keys, policy, origin }: Trust & { origin: string | null },
  onProgress: OnProgress,
): Promise<Judgement> {
  const kept = await keptIn(given, keys);
  const askOf = (note: string): Promise<void> =>
    answered(() => {
      tryOpen(note, keys, file.name);
      if (policy !== null) cosignedBy(policy, note, 0);
    });
  for (const { note, cosignedUnder = note } of kept) {
    await askOf(note);
    await askOf(cosignedUnder);
  }
  let bytes = 0;
  const lines = readExport(file, (more) => (bytes += more));
  const expected = { keys, kept, origin, archive: null, policy, requireComplete: given.requireComplete };
  const verifier = await takeExport(file.name, lines, expected, (events) =>
    onProgress(bytes / Math.max(file.size, 1), events),
  );
  // Asked ahead: finishing counts what it finds, and is done once.
  for (const note of verifier.notes) await askOf(note);
  const report = verifier.finish();
  return { verified: report.verified, report: renderReport(report) };
}

/** Checkpoints that were kept, and that of an anchor. */
async function keptIn(given: Given, keys: readonly PublicNoteKey[]): Promise<KeptNote[]> {
  const kept: KeptNote[] = [];
  for (const { file } of given.files.filter(({ kind }) => kind === 'checkpoint'))
    kept.push({ source: file.name, note: await file.text() });
  const anchor = only(given, 'anchor');
  if (anchor === null) return kept;
  const text = await anchor.text();
  const anchored = await answered(() => openAnchor(text, keys));
  return [
    ...kept,
    typeof anchored === 'string'
      ? { source: anchor.name, note: '', fault: anchored }
      : { source: anchor.name, note: anchored.note, cosignedUnder: anchored.platformNote },
  ];
}

/** @throws UnreadableInput */
async function trustIn(given: Given): Promise<Trust> {
  const policyFile = only(given, 'policy');
  const policy = policyFile === null ? null : policyIn(await policyFile.text(), policyFile.name);
  const files = given.files.filter(({ kind }) => kind === 'key').map(({ file }) => file.text());
  const texts = [...(await Promise.all(files)), ...written(given.keys)];
  const keys = [...texts.map(keyIn), ...(policy?.logs ?? [])];
  if (keys.length === 0)
    throw new UnreadableInput('a public key, or a policy that names logs, must say whom to believe');
  return { keys, policy };
}

function written(keys: string): string[] {
  const trimmed = keys.trim();
  if (trimmed.startsWith('-----BEGIN')) return trimmed.split(/(?=-----BEGIN)/);
  return trimmed.split('\n').filter((line) => line.trim() !== '');
}

function keyIn(text: string): PublicNoteKey {
  try {
    return parsePublicKey(text);
  } catch (cause) {
    throw new UnreadableInput('the public key is neither a PEM key nor a verifier key', { cause });
  }
}

function policyIn(text: string, name: string): WitnessPolicy {
  try {
    return new WitnessPolicy(text);
  } catch (cause) {
    const why = cause instanceof UnusablePolicy ? `: ${cause.message}` : '';
    throw new UnreadableInput(`cannot use the policy ${name}${why}`, { cause });
  }
}

async function textIn(file: File | null): Promise<string | null> {
  return file === null ? null : file.text();
}

/** @throws UnreadableInput if there are several */
function only({ files }: Given, kind: FileKind): File | null {
  const found = files.filter((each) => each.kind === kind);
  if (found.length > 1)
    throw new UnreadableInput(`${found.map(({ file }) => file.name).join(' and ')}: one at a time, please`);
  return found[0]?.file ?? null;
}
