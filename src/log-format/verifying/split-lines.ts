import { textOf } from '../transparency/platform.js';
import { UnreadableInput } from './unreadable-input.js';

const NEWLINE = 0x0a;
/** Far above any event; bounds memory when the input has no lines at all. */
const LINE_BYTES_MAX = 16 << 20;

/**
 * The lines of a text in UTF-8, in batches as it comes. A last line without a newline counts too.
 * @throws UnreadableInput for a line of over 16 MiB
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let unfinished: Uint8Array[] = [];
  let unfinishedBytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end >= 0) {
      // Decoded up to a newline only, so that no character is cut in two.
      yield textOf(Buffer.concat([...unfinished, chunk.subarray(0, end)])).split('\n');
      unfinished = [];
      unfinishedBytes = 0;
    }
    unfinished.push(chunk.subarray(end + 1));
    unfinishedBytes += chunk.length - end - 1;
    if (unfinishedBytes > LINE_BYTES_MAX) throw new UnreadableInput('the input has a line of over 16 MiB');
  }
  if (unfinishedBytes > 0) yield [textOf(Buffer.concat(unfinished))];
}
