import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, makeDirectory } from './private-file.js';

/** A secret of the data directory cannot be used. One sentence with the way out; never the secret. */
export class GeneratedSecretError extends Error {
  override readonly name = 'GeneratedSecretError';
}

/** What makes a secret that is missing a lost one. */
interface Beside {
  /** A database exists already that the secrets of the directory are for. To be found out before they are looked for. */
  isDatabaseThere: boolean;
}

/**
 * The pepper of this data directory, base64 of 32 random bytes; made on first use. Processes that start
 * together get the same one. The file is `pepper`, readable by its owner alone.
 * @throws GeneratedSecretError when others may read the file, it cannot be read or made, or it is missing beside a
 * database.
 */
export function loadOrCreatePepper(dataDir: string, beside: Beside): Promise<string> {
  return loadOrCreate(dataDir, PEPPER, beside);
}

/**
 * The signing key of this data directory, Ed25519 as PKCS#8 PEM; made on first use, like the pepper.
 * The file is `signing-key.pem`.
 * @throws GeneratedSecretError as for the pepper.
 */
export function loadOrCreateSigningKey(dataDir: string, beside: Beside): Promise<string> {
  return loadOrCreate(dataDir, SIGNING_KEY, beside);
}

interface Kind {
  file: string;
  make: () => string;
  /** What to set, and how, when nobody has the file any more. */
  wayOut: string;
}

const PEPPER: Kind = {
  file: 'pepper',
  make: () => randomBytes(32).toString('base64'),
  wayOut:
    'set RESCIND_PEPPER to a new one (openssl rand -base64 32), and RESCIND_PEPPER_LOST to the id that the start then names',
};

const SIGNING_KEY: Kind = {
  file: 'signing-key.pem',
  make: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  wayOut:
    'set RESCIND_SIGNING_KEY to a new one (openssl genpkey -algorithm ed25519), and RESCIND_SIGNING_KEY_RETIRED to the id that the start then names',
};

async function loadOrCreate(
  dataDir: string,
  { file, make, wayOut }: Kind,
  { isDatabaseThere }: Beside,
): Promise<string> {
  const path = join(dataDir, file);
  try {
    await makeDirectory(dataDir);
    const known = await stat(path).catch(() => null);
    if (!known && isDatabaseThere) {
      throw new GeneratedSecretError(
        `${path} is missing, and the database beside it was made with it: restore it from a backup, or, if nobody has it any more, ${wayOut}.`,
      );
    }
    if (!known) await createFile(path, `${make().trim()}\n`);
    const { mode } = await stat(path);
    if (mode & 0o177) {
      throw new GeneratedSecretError(
        `${path} may be read or changed by other users: run \`chmod 600 ${path}\` and start again.`,
      );
    }
    const secret = (await readFile(path, 'utf8')).trim();
    if (secret === '')
      throw new GeneratedSecretError(
        `${path} is empty: restore it from a backup, tokens cannot be checked without it.`,
      );
    return secret;
  } catch (error) {
    if (error instanceof GeneratedSecretError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new GeneratedSecretError(
      `${path} cannot be read or made (${code}): let this user read and write ${dataDir}, or choose another RESCIND_DATA_DIR.`,
      {
        cause: error,
      },
    );
  }
}
