import { setImmediate } from 'node:timers/promises';
import type { TokenString } from '../../secrets/token-strings.js';

/** How many different strings one request may look up. */
export const STRINGS_MAX = 1000;
/** How many line numbers are returned for a string. */
const LINES_SHOWN_MAX = 20;
/**
 * How much is searched before the event loop gets a turn, in characters and in found strings: about a millisecond.
 */
const PART_LENGTH = 16_384;
const PART_STRINGS = 200;

/** The strings with one public id or preview. */
export interface NamedString {
  name: string;
  by: 'public_id' | 'preview';
  /** Complete secrets among them: none, one, or several if strings only look alike. */
  secrets: Set<string>;
  /** Counted from 1, at most 20. */
  lines: number[];
}

/**
 * The strings of the lines by public id or preview, in the order of the lines, and how many more there would be. Yields
 * to the event loop again and again.
 */
export async function namedStringsOf(
  lines: readonly string[],
  stringsIn: (line: string) => Iterable<TokenString>,
): Promise<{ named: NamedString[]; left: number }> {
  const named = new Map<string, NamedString>();
  const left = new Set<string>();
  let [length, strings] = [0, 0];
  for (const [index, line] of lines.entries()) {
    length += line.length;
    if (length > PART_LENGTH) {
      await setImmediate();
      length = line.length;
    }
    for (const string of stringsIn(line)) {
      if (++strings % PART_STRINGS === 0) await setImmediate();
      const [by, name] =
        string.kind === 'preview'
          ? (['preview', string.preview] as const)
          : (['public_id', string.publicId] as const);
      let known = named.get(name);
      if (known === undefined) {
        if (named.size >= STRINGS_MAX) {
          left.add(name);
          continue;
        }
        named.set(name, (known = { name, by, secrets: new Set(), lines: [] }));
      }
      if (string.kind === 'secret') known.secrets.add(string.secret);
      if (known.lines.at(-1) !== index + 1 && known.lines.length < LINES_SHOWN_MAX)
        known.lines.push(index + 1);
    }
  }
  return { named: [...named.values()], left: left.size };
}
