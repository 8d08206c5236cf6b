import { Command } from 'commander';
import type { PublicNoteKey } from '../../log-format/transparency/note-key.js';
import type { WitnessPolicy } from '../../log-format/transparency/witness-policy.js';
import { openAnchor } from '../../log-format/anchor-format.js';
import type { KeptNote } from '../../log-format/verifying/kept-checkpoints.js';
import { readKept, readKey, readPolicy, readText, sizeOf } from './read-inputs.js';
import { UnreadableInput } from '../../log-format/verifying/unreadable-input.js';
import { renderReport } from '../../log-format/verifying/verification-report.js';
import {
  renderAnchorReport,
  renderStatementReport,
  verifyAnchor,
  verifyStatements,
} from '../../log-format/verifying/verify-statements.js';
import { renderArchiveReport, verifyArchive } from './verify-archive.js';
import { type OnProgress, verifyExport } from './verify-export.js';

/** The exit codes of `rescind audit verify`. */
const EXIT_VERIFIED = 0;
const EXIT_NOT_VERIFIED = 1;
const EXIT_UNREADABLE = 2;

const HELP = `
Needs no server and no database. --export takes an NDJSON export, plain or gzip, or - for standard input.
--receipt is checked alone, or with the --proof of its event; --proof with the --receipt or the --event that it is of.
--public-key takes a PEM file, a file with a verifier key, or the verifier key itself (name+id+key). A PEM key is good
for every log of an installation: --origin must then say which one is meant.
--policy takes a C2SP tlog-policy file: its logs are public keys too, and the checkpoint of the export or of the proof, or one of
--checkpoint, must have the cosignatures of its quorum. Those of the platform's log count for a business by --anchor, with --export or alone.
--archive takes the directory of a log's archives, or the one above, and reads SHA256SUMS there.
--checkpoint takes a checkpoint that was kept from earlier: it shows that the log only grew since.

Exit codes: 0 everything shown is proven; 1 something was changed, removed, reordered, or is not proven;
2 wrong usage, or an input that cannot be read.`;

interface Options {
  export?: string;
  receipt?: string;
  proof?: string;
  event?: string;
  anchor?: string;
  publicKey: string[];
  policy?: string;
  checkpoint: string[];
  origin?: string;
  archive?: string;
  requireComplete: boolean;
  json: boolean;
}

/** Where the command writes; tests read it there. */
interface Surroundings {
  stdout: { write(text: string): unknown };
  stderr: Screen;
  /** Sets the exit code when everything is written. */
  exit: (code: number) => void;
  /** Ends at once, after help or wrong usage. */
  abort: (code: number) => never;
}

const PROCESS: Surroundings = {
  stdout: process.stdout,
  stderr: process.stderr,
  exit: (code) => {
    process.exitCode = code;
  },
  abort: (code) => process.exit(code),
};

/** `verify`, to be added under `audit`. Opens no connection and starts no server. */
export function auditVerifyCommand(around: Surroundings = PROCESS): Command {
  const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];
  return new Command('verify')
    .description(
      'check an export of the audit log, a receipt or a proof offline against the public key of the log',
    )
    .option('--export <file>', 'an export')
    .option('--receipt <file>', 'a receipt of a revocation')
    .option('--proof <file>', 'the proof that an event is in the log (.tlog-proof)')
    .option('--event <file>', 'the event of the proof, as JSON')
    .option('--anchor <file>', "the proof that a checkpoint of the log is in the platform's log")
    .option('--public-key <key>', 'a public key of the log; may be repeated', collect, [])
    .option(
      '--policy <file>',
      'logs and witnesses that are trusted, and how many must have cosigned (tlog-policy)',
    )
    .option('--checkpoint <file>', 'an earlier checkpoint; may be repeated', collect, [])
    .option('--origin <origin>', 'refuse what is of any other log')
    .option(
      '--archive <directory>',
      'compare the archives of dropped events with their digests in the export; without --export, check the archives themselves',
    )
    .option('--require-complete', 'refuse an export that was filtered or is only a part', false)
    .option('--json', 'print the report as JSON', false)
    .addHelpText('after', HELP)
    .configureOutput({
      writeOut: (text) => void around.stdout.write(text),
      writeErr: (text) => void around.stderr.write(text),
    })
    .exitOverride((error) => around.abort(error.exitCode === 0 ? EXIT_VERIFIED : EXIT_UNREADABLE))
    .action((options: Options) => run(options, around));
}

async function run(options: Options, around: Surroundings): Promise<void> {
  const { stderr, exit } = around;
  try {
    const policy = options.policy === undefined ? null : await readPolicy(options.policy);
    const keys = [...(await Promise.all(options.publicKey.map(readKey))), ...(policy?.logs ?? [])];
    if (keys.length === 0)
      throw new UnreadableInput('--public-key, or a --policy that names logs, must say whom to believe');
    exit((await verifyWhatIsGiven(options, { keys, policy }, around)) ? EXIT_VERIFIED : EXIT_NOT_VERIFIED);
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    stderr.write(`${error.message}\n`);
    exit(EXIT_UNREADABLE);
  }
}

/** The keys and policies that the reader trusts. */
interface Trust {
  keys: PublicNoteKey[];
  policy: WitnessPolicy | null;
}

/** @throws UnreadableInput if the options do not say, or not clearly, what to verify */
function verifyWhatIsGiven(options: Options, trust: Trust, around: Surroundings): Promise<boolean> {
  const { keys } = trust;
  const { export: exported, receipt, proof, event, anchor, archive, origin } = options;
  const hasStatement = [receipt, proof, event].some((file) => file !== undefined);
  if (hasStatement && [exported, archive, anchor].some((file) => file !== undefined))
    throw new UnreadableInput(
      'say what to verify: either --export, --anchor or --archive, or --receipt or --proof',
    );
  const isAnchorAlone = anchor !== undefined && exported === undefined;
  if (isAnchorAlone && archive !== undefined)
    throw new UnreadableInput('--anchor goes with --export, or alone');
  if (!hasStatement && !isAnchorAlone && exported === undefined) return runOnArchive(options, trust, around);
  if (origin === undefined && keys.some(({ name }) => name === null))
    throw new UnreadableInput(
      '--origin must say which log is meant: this key is good for every log of an installation',
    );
  if (isAnchorAlone) return runOnAnchor(anchor, options, trust, around);
  if (exported !== undefined) return runOnExport(exported, options, trust, around);
  if (receipt === undefined && (proof === undefined || event === undefined))
    throw new UnreadableInput('--proof and --event go together, unless there is a --receipt');
  return runOnStatements(options, trust, around);
}

async function runOnStatements(
  options: Options,
  { keys, policy }: Trust,
  { stdout }: Surroundings,
): Promise<boolean> {
  const textIn = async (source: string | undefined): Promise<string | null> =>
    source === undefined ? null : readText(source);
  const [receipt, proof, event] = await Promise.all([
    textIn(options.receipt),
    textIn(options.proof),
    textIn(options.event),
  ]);
  const report = await verifyStatements({ receipt, proof, event }, keys, options.origin ?? null, policy);
  stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderStatementReport(report));
  return report.verified;
}

async function runOnAnchor(
  path: string,
  options: Options,
  trust: Trust,
  { stdout }: Surroundings,
): Promise<boolean> {
  const report = verifyAnchor(await readText(path), trust, options.origin ?? null);
  stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderAnchorReport(report));
  return report.verified;
}

/** The anchored checkpoint, in the form of a kept one. */
async function keptByAnchor(path: string, keys: readonly PublicNoteKey[]): Promise<KeptNote> {
  const text = await readText(path);
  const anchored = openAnchor(text, keys);
  if (typeof anchored === 'string') return { source: path, note: '', fault: anchored };
  return { source: path, note: anchored.note, cosignedUnder: anchored.platformNote };
}

async function runOnArchive(
  options: Options,
  { keys, policy }: Trust,
  { stdout }: Surroundings,
): Promise<boolean> {
  const { archive, origin = null, checkpoint } = options;
  if (archive === undefined || checkpoint.length > 0 || policy !== null)
    throw new UnreadableInput('say what to verify: --export <file>, or --archive <directory> alone');
  const reports = await verifyArchive(archive, { keys, origin });
  stdout.write(options.json ? `${JSON.stringify(reports, null, 2)}\n` : renderArchiveReport(reports));
  return reports.every(({ failures }) => failures.length === 0);
}

async function runOnExport(
  path: string,
  options: Options,
  { keys, policy }: Trust,
  { stdout, stderr }: Surroundings,
): Promise<boolean> {
  const kept = await Promise.all(options.checkpoint.map(readKept));
  if (options.anchor !== undefined) kept.push(await keptByAnchor(options.anchor, keys));
  const bar = progressBar(stderr, path === '-' ? null : await sizeOf(path));
  const { origin = null, archive = null, requireComplete } = options;
  const report = await verifyExport(
    path,
    { keys, kept, origin, archive, policy, requireComplete },
    bar.onProgress,
  );
  bar.clear();
  stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
  return report.verified;
}

const CELLS = 30;
const REDRAW_MS = 100;

/** Where a bar can be drawn: standard error. */
interface Screen {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * A progress bar on a terminal; silent elsewhere.
 * @param bytesTotal null if unknown: then only the events are counted
 */
export function progressBar(
  screen: Screen,
  bytesTotal: number | null,
): { onProgress: OnProgress; clear: () => void } {
  if (screen.isTTY !== true) return { onProgress: () => undefined, clear: () => undefined };
  const startedAt = performance.now();
  let drawnAt = -Infinity;
  return {
    onProgress: (bytes, events) => {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      const perSecond = Math.round((events * 1000) / Math.max(now - startedAt, 1));
      const share = bytesTotal === null || bytesTotal === 0 ? null : Math.min(bytes / bytesTotal, 1);
      screen.write(
        `\r\u001b[K${share === null ? '' : barOf(share)}${events.toLocaleString('en')} events, ${perSecond.toLocaleString('en')}/s`,
      );
    },
    clear: () => void screen.write('\r\u001b[K'),
  };
}

function barOf(share: number): string {
  const full = Math.round(share * CELLS);
  return `[${'#'.repeat(full)}${' '.repeat(CELLS - full)}] ${String(Math.floor(share * 100)).padStart(3)}%  `;
}
