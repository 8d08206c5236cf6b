import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { report } from '../report.js';
import { connected } from './connection.js';
import { type FindOptions, type ListOptions, selectorIn } from './selector-options.js';
import type { FoundTokensDto } from '../../insight/finding/find-tokens.dto.js';
import { EXIT_USAGE, lineOf, Refused, type TokenAuthority } from './token-authority.js';

const PAGE = 100;
/** The most that one call of the API accepts. */
const LINES_A_CALL = 1000;
const CHARACTERS_A_CALL = 100_000;

/** Prints a line for each token on standard output, and their number on standard error. */
export function listTokens(options: ListOptions): Promise<void> {
  return connected(options, async (authority) => {
    const max = Number(options.max);
    if (!Number.isSafeInteger(max) || max < 1) throw new Refused('--max takes a number above 0.', EXIT_USAGE);
    const query = { ...selectorIn(options), ...(options.includeRevoked ? { include_revoked: true } : {}) };
    let count = 0;
    let cursor: string | null = null;
    do {
      const page = await authority.list({
        ...query,
        limit: Math.min(PAGE, max - count),
        ...(cursor === null ? {} : { cursor }),
      });
      for (const token of page.items)
        process.stdout.write(`${options.json ? JSON.stringify(token) : lineOf(token)}\n`);
      count += page.items.length;
      cursor = page.next_cursor;
    } while (cursor !== null && count < max);
    report(`${count} tokens${cursor === null ? '.' : ', and there are more: --max says how many to show.'}`);
  });
}

/** As `listTokens`, each with the lines of the text that contain it. */
export function findTokens(options: FindOptions): Promise<void> {
  return connected(options, async (authority) => {
    if ((options.in === undefined) === (options.fragment === undefined))
      throw new Refused('say where to look: --in <file>, or --fragment <text>', EXIT_USAGE);
    if (options.in === '-' && options.credential === '-')
      throw new Refused('standard input is one thing: the text, or the credential.', EXIT_USAGE);
    const found =
      options.fragment === undefined
        ? await findIn(await readText(options.in as string), authority)
        : await authority.find({ fragment: options.fragment });
    for (const { matched, lines, token } of found.items) {
      const where = lines.length === 0 ? '' : `\tlines ${lines.join(', ')}`;
      process.stdout.write(
        options.json ? `${JSON.stringify({ matched, lines, token })}\n` : `${lineOf(token)}\t${matched}${where}\n`,
      );
    }
    report(`${found.items.length} tokens found; ${found.strings_unknown} strings belong to none that may be read.`);
    if (found.strings_left > 0) report(`${found.strings_left} strings were not looked at: send less at once.`);
  });
} // prettier-ignore

/** Text of any length, in as many calls as needed; a token that several calls find is printed once. */
async function findIn(
  text: string,
  authority: TokenAuthority,
): Promise<Omit<FoundTokensDto, 'strings_judged'>> {
  const items = new Map<string, FoundTokensDto['items'][number]>();
  const sum = { strings_unknown: 0, strings_left: 0 };
  for (const { part, before } of parts(text)) {
    const found = await authority.find({ text: part });
    sum.strings_unknown += found.strings_unknown;
    sum.strings_left += found.strings_left;
    for (const item of found.items) {
      const lines = item.lines.map((line) => line + before);
      const known = items.get(item.token.id);
      if (known === undefined) items.set(item.token.id, { ...item, lines });
      else known.lines.push(...lines);
    }
  }
  return { items: [...items.values()], ...sum };
}

/** Whole lines, as many as one call accepts. @throws Refused for a line that is too long for a call */
function* parts(text: string): Generator<{ part: string; before: number }> {
  let [part, lines, before] = ['', 0, 0];
  for (const line of text.split(/(?<=\n)/)) {
    if (line.length > CHARACTERS_A_CALL)
      throw new Refused(`a line has more than ${CHARACTERS_A_CALL} characters`, EXIT_USAGE);
    if (lines === LINES_A_CALL || part.length + line.length > CHARACTERS_A_CALL) {
      yield { part, before };
      [part, before, lines] = ['', before + lines, 0];
    }
    part += line;
    lines += 1;
  }
  if (part !== '') yield { part, before };
}

async function readText(source: string): Promise<string> {
  if (source === '-') return textOf(process.stdin);
  try {
    return await readFile(source, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Refused(`${source} cannot be read (${code ?? 'not a file'}).`, EXIT_USAGE);
  }
}
