import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parsePublicKey, type PublicNoteKey } from '../../log-format/transparency/note-key.js';
import { UnusablePolicy, WitnessPolicy } from '../../log-format/transparency/witness-policy.js';
import type { KeptNote } from '../../log-format/verifying/kept-checkpoints.js';
import { UnreadableInput } from '../../log-format/verifying/unreadable-input.js';
import type { RecordedArchive } from '../../log-format/verifying/ledgers.js';

/**
 * Whether the file is there with the digest that the log records.
 * @throws UnreadableInput when it is there and cannot be read
 */
export async function isAsRecorded(directory: string, { name, sha256 }: RecordedArchive): Promise<boolean> {
  if (normalize(name).startsWith('..')) return false;
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(join(directory, name)), hash);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new UnreadableInput(`cannot read the archive ${name}`, { cause });
  }
  return hash.digest('hex') === sha256;
}

/** The content of a file. @throws UnreadableInput */
export async function readText(source: string): Promise<string> {
  try {
    return await readFile(source, 'utf8');
  } catch (cause) {
    throw new UnreadableInput(`cannot read ${source}`, { cause });
  }
}

export async function readKey(key: string): Promise<PublicNoteKey> {
  try {
    return parsePublicKey(await readFile(key, 'utf8').catch(() => key));
  } catch (cause) {
    throw new UnreadableInput('--public-key is neither a readable key file nor a verifier key', { cause });
  }
}

export async function readPolicy(path: string): Promise<WitnessPolicy> {
  try {
    return new WitnessPolicy(await readFile(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof UnusablePolicy ? `: ${cause.message}` : '';
    throw new UnreadableInput(`cannot use the policy ${path}${why}`, { cause });
  }
}

export async function readKept(source: string): Promise<KeptNote> {
  try {
    return { source, note: await readFile(source, 'utf8') };
  } catch (cause) {
    throw new UnreadableInput(`cannot read the checkpoint ${source}`, { cause });
  }
}

export async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}
