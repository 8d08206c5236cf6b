import { readFile } from 'node:fs/promises';
import { parseVkey, type PublicNoteKey } from '../../../src/log-format/transparency/note-key.js';
import { UnusableWitness } from './unusable-witness.js';

/** The keys of each log that is witnessed, by its origin. */
export type WitnessedLogs = ReadonlyMap<string, readonly PublicNoteKey[]>;

/** Lines of a policy that name no log. */
const OTHERS = new Set(['witness', 'group', 'quorum']);

/**
 * The logs in a file: its lines `log <key> [<url>]`. It may be a whole policy (C2SP tlog-policy). A log has several lines
 * while its key changes. @throws UnusableWitness
 */
export async function readWitnessedLogs(path: string): Promise<WitnessedLogs> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const { code = 'not a file' } = cause as NodeJS.ErrnoException;
    throw new UnusableWitness(`The logs ${path} cannot be read (${code}).`, { cause });
  });
  const logs = new Map<string, PublicNoteKey[]>();
  for (const [index, line] of text.split('\n').entries()) {
    const [kind, vkey] = line.split(/[ \t\r]+/).filter((word) => word !== '');
    if (kind === undefined || kind.startsWith('#') || OTHERS.has(kind)) continue;
    const log = kind === 'log' ? logIn(vkey ?? '') : null;
    if (log === null)
      throw new UnusableWitness(`Line ${index + 1} of ${path} is not "log <verifier key of the log>".`);
    logs.set(log.name, [...(logs.get(log.name) ?? []), log]);
  }
  if (logs.size === 0)
    throw new UnusableWitness(`${path} names no log: write "log <verifier key>" for each.`);
  return logs;
}

function logIn(vkey: string): (PublicNoteKey & { name: string }) | null {
  try {
    return parseVkey(vkey);
  } catch {
    return null;
  }
}
