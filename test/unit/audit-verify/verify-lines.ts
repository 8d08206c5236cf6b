import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Expectations } from '../../../src/log-format/verifying/export-verifier.js';
import type { VerificationReport } from '../../../src/log-format/verifying/verification-report.js';
import { verifyExport } from '../../../src/cli/audit-verify/verify-export.js';
import type { SampleLog } from './sample-log.js';

/** Runs `use` with a fresh directory that is gone afterwards. */
export async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-verify-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Verifies lines as a file, by default with the log's key and nothing else known. */
export function verifyLines(
  log: SampleLog,
  lines: readonly string[],
  expected: Partial<Omit<Expectations, 'kept'>> & { kept?: string[] } = {},
): Promise<VerificationReport> {
  const {
    keys = [{ name: null, publicKey: log.publicKey }],
    origin = null,
    requireComplete = false,
  } = expected;
  const kept = (expected.kept ?? []).map((note, i) => ({ source: `kept-${i}`, note }));
  return inDirectory(async (directory) => {
    const path = join(directory, 'export.ndjson');
    await writeFile(path, lines.join(''));
    return verifyExport(path, { keys, kept, origin, archive: null, requireComplete });
  });
}

/** The failures as `kind` or `kind first-last`. */
export function failuresOf(report: VerificationReport): string[] {
  return report.failures.map(({ kind, sequences }) =>
    sequences === null ? kind : `${kind} ${sequences.join('-')}`,
  );
}
