import type { Expectations } from './expectations.js';
import { readHeader } from './export-line.js';
import { ExportVerifier } from './export-verifier.js';
import { readLines, UnreadableInput } from './read-lines.js';
import type { VerificationReport } from './report.js';

/** Told after every batch of lines: raw bytes read and events seen so far. */
export type OnProgress = (bytes: number, events: number) => void;

/**
 * Verifies the export in a file (`-` for standard input). Memory does not grow with it.
 * @throws UnreadableInput if it cannot be read or does not start like an export
 */
export async function verifyExport(
  path: string,
  expected: Expectations,
  onProgress: OnProgress = () => undefined,
): Promise<VerificationReport> {
  let bytes = 0;
  let verifier: ExportVerifier | null = null;
  for await (const lines of readLines(path, (more) => (bytes += more))) {
    for (const line of lines) {
      if (verifier === null) verifier = begin(path, line, expected);
      else verifier.take(line);
    }
    onProgress(bytes, verifier?.events ?? 0);
  }
  if (verifier === null) throw new UnreadableInput(`${path} is empty`);
  return verifier.finish();
}

function begin(path: string, line: string, expected: Expectations): ExportVerifier {
  const header = readHeader(line);
  if (header === null)
    throw new UnreadableInput(`${path} is not an export of this version: it has no header line`);
  return new ExportVerifier(header, expected);
}
