import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
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
