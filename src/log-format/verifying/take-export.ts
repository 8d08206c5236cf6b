import type { Expectations } from './expectations.js';
import { readHeader } from './export-line.js';
import { ExportVerifier } from './export-verifier.js';
import { UnreadableInput } from './unreadable-input.js';

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
