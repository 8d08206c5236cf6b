import { setImmediate } from 'node:timers/promises';
import type { TokenString } from '../../secrets/token-strings.js';

/** So many different strings are looked up for one request. */
export const STRINGS_MAX = 1000;
/** Lines that a string is told to stand on. */
const LINES_SHOWN_MAX = 20;
/** What is searched before others have their turn, in characters, and in strings that were found: about a millisecond. */
const PART_LENGTH = 16_384;
const PART_STRINGS = 200;

/** What was found under one name: a public id or a preview. */
export interface NamedString {
  name: string;
  by: 'public_id' | 'preview';
  /** Whole secrets among them, of which none, one, or for strings that only look alike several are there. */
  secrets: Set<string>;
  /** Counted from 1, at most 20. */
  lines: number[];
}

/**
 * The strings of the lines by what names them, in the order of the lines, and how many more there would be. The event
 * loop is given back again and again on the way.
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
