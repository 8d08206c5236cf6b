import { readFile, stat } from 'node:fs/promises';
import { Command } from 'commander';
import { parsePublicKey, type PublicNoteKey } from '../../audit/transparency/note-key.js';
import type { KeptNote } from './kept-checkpoints.js';
import { progressBar, type Screen } from './progress-bar.js';
import { UnreadableInput } from './read-lines.js';
import { renderReport } from './render-report.js';
import { verifyExport } from './verify-export.js';

/** What `rescind audit verify` answers to scripts. */
export const EXIT_VERIFIED = 0;
export const EXIT_NOT_VERIFIED = 1;
export const EXIT_UNREADABLE = 2;

const HELP = `
Needs no server and no database. --export takes an NDJSON export, plain or gzip, or - for standard input.
--public-key takes a PEM file, a file with a verifier key, or the verifier key itself (name+id+key).
--checkpoint takes a checkpoint that was kept from earlier: it shows that the log only grew since.

Exit codes: 0 every event shown is proven; 1 something was changed, removed, reordered, or is not proven;
2 wrong usage, or an input that cannot be read.`;

interface Options {
  export: string;
  publicKey: string[];
  checkpoint: string[];
  origin?: string;
  requireComplete: boolean;
  json: boolean;
}

/** Where the command speaks; tests listen there. */
export interface Surroundings {
  stdout: { write(text: string): unknown };
  stderr: Screen;
  /** Sets the exit code once all is said. */
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
    .description('check an export of the audit log offline against the public key of the log')
    .requiredOption('--export <file>', 'the export')
    .requiredOption('--public-key <key>', 'a public key of the log; may be repeated', collect)
    .option('--checkpoint <file>', 'an earlier checkpoint; may be repeated', collect, [])
    .option('--origin <origin>', 'refuse an export of any other log')
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

async function run(options: Options, { stdout, stderr, exit }: Surroundings): Promise<void> {
  try {
    const keys = await Promise.all(options.publicKey.map(readKey));
    const kept = await Promise.all(options.checkpoint.map(readKept));
    const bar = progressBar(stderr, options.export === '-' ? null : await sizeOf(options.export));
    const { origin = null, requireComplete } = options;
    const report = await verifyExport(
      options.export,
      { keys, kept, origin, requireComplete },
      bar.onProgress,
    );
    bar.clear();
    stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
    exit(report.verified ? EXIT_VERIFIED : EXIT_NOT_VERIFIED);
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    stderr.write(`${error.message}\n`);
    exit(EXIT_UNREADABLE);
  }
}

async function readKey(key: string): Promise<PublicNoteKey> {
  try {
    return parsePublicKey(await readFile(key, 'utf8').catch(() => key));
  } catch (cause) {
    throw new UnreadableInput('--public-key is neither a readable key file nor a verifier key', { cause });
  }
}

async function readKept(source: string): Promise<KeptNote> {
  try {
    return { source, note: await readFile(source, 'utf8') };
  } catch (cause) {
    throw new UnreadableInput(`cannot read the checkpoint ${source}`, { cause });
  }
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}
