import { Gunzip } from 'fflate';
import { splitLines } from '../../../src/log-format/verifying/export-line.js';
import { UnreadableInput } from '../../../src/log-format/verifying/unreadable-input.js';

/**
 * The lines of an export, plain or gzip (also of several members, which `DecompressionStream` refuses), in batches.
 * @param onBytes told of the bytes of the file as they are read
 * @throws UnreadableInput
 */
export async function* readExport(file: File, onBytes: (bytes: number) => void): AsyncGenerator<string[]> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const chunks = chunksOf(file, onBytes);
  try {
    yield* splitLines(isGzip ? unzipped(chunks) : chunks);
  } catch (cause) {
    if (cause instanceof UnreadableInput) throw cause;
    throw new UnreadableInput(`cannot read ${file.name}: ${(cause as Error).message}`, { cause });
  }
}

async function* chunksOf(file: File, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes(value.length);
    yield value;
  }
}

async function* unzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let inflated: Uint8Array[] = [];
  const gunzip = new Gunzip((chunk) => inflated.push(chunk));
  const taken = function* (): Generator<Uint8Array> {
    yield* inflated;
    inflated = [];
  };
  for await (const chunk of chunks) {
    gunzip.push(chunk);
    yield* taken();
  }
  // An end in the middle of a member is an error here.
  gunzip.push(new Uint8Array(), true);
  yield* taken();
}
