import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  type Expectations,
  type ExportVerifier,
  takeExport,
} from '../../log-format/verifying/export-verifier.js';
import { splitLines } from '../../log-format/verifying/export-line.js';
import { UnreadableInput } from '../../log-format/verifying/unreadable-input.js';
import type { VerificationReport } from '../../log-format/verifying/verification-report.js';
import { isAsRecorded } from './read-inputs.js';

const CHUNK_BYTES = 1 << 18;

/**
 * The lines of a file, `-` for standard input, in batches as they are read; gzip is recognised by its first
 * bytes. A last line without a newline counts too.
 * @param onBytes told of the raw bytes as they are read, before decompression
 * @throws UnreadableInput
 */
async function* readLines(path: string, onBytes: (bytes: number) => void): AsyncGenerator<string[]> {
  const raw = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    yield* splitLines(unzipped(counted(raw, onBytes)));
  } catch (cause) {
    if (cause instanceof UnreadableInput) throw cause;
    throw new UnreadableInput(`cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

async function* unzipped(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  // If the input is a pipe, the two magic bytes may arrive separately.
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = Readable.from(prepended(head, chunks));
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* whole;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  whole.on('error', (error) => gunzip.destroy(error));
  yield* whole.pipe(gunzip);
}

async function* prepended(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

/** Called after every batch of lines: raw bytes read and events seen so far. */
export type OnProgress = (bytes: number, events: number) => void;

/** The verifier of an export, which has taken all lines and is to be finished. @throws UnreadableInput */
export function readExport(
  path: string,
  expected: Expectations,
  onProgress: OnProgress = () => undefined,
): Promise<ExportVerifier> {
  let bytes = 0;
  const lines = readLines(path, (more) => (bytes += more));
  return takeExport(path, lines, expected, (events) => onProgress(bytes, events));
}

/**
 * Verifies the export in a file (`-` for standard input). Memory does not grow with its size.
 * @throws UnreadableInput if it cannot be read or does not start like an export
 */
export async function verifyExport(
  path: string,
  expected: Expectations,
  onProgress: OnProgress = () => undefined,
): Promise<VerificationReport> {
  const verifier = await readExport(path, expected, onProgress);
  if (expected.archive !== null) {
    for (const archive of verifier.archives)
      if (!(await isAsRecorded(expected.archive, archive))) verifier.refuseArchive(archive);
  }
  return verifier.finish();
}
