import type { Expectations } from '../../audit/verifying/expectations.js';
import type { VerificationReport } from '../../audit/verifying/verification-report.js';
import { takeExport } from '../../audit/verifying/take-export.js';
import { isAsRecorded } from './archive-file.js';
import { readLines } from './read-lines.js';

/** Called after every batch of lines: raw bytes read and events seen so far. */
export type OnProgress = (bytes: number, events: number) => void;

/**
 * Verifies the export in a file (`-` for standard input). Memory does not grow with its size.
 * @throws UnreadableInput if it cannot be read or does not start like an export
 */
export async function verifyExport(
  path: string,
  expected: Expectations,
  onProgress: OnProgress = () => undefined,
): Promise<VerificationReport> {
  let bytes = 0;
  const lines = readLines(path, (more) => (bytes += more));
  const verifier = await takeExport(path, lines, expected, (events) => onProgress(bytes, events));
  if (expected.archive !== null) {
    for (const archive of verifier.archives)
      if (!(await isAsRecorded(expected.archive, archive))) verifier.refuseArchive(archive);
  }
  return verifier.finish();
}
