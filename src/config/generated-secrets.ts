import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from './make-directory.js';
import { createFile } from './private-file.js';

/** A secret of the data directory cannot be used. One sentence with the way out; never the secret. */
export class GeneratedSecretError extends Error {
  override readonly name = 'GeneratedSecretError';
}

/**
 * The pepper of this data directory, base64 of 32 random bytes; made on first use. Processes that start
 * together get the same one. The file is `pepper`, readable by its owner alone.
 * @throws GeneratedSecretError when others may read the file, or it cannot be read or made.
 */
export function loadOrCreatePepper(dataDir: string): Promise<string> {
  return loadOrCreate(dataDir, 'pepper', () => randomBytes(32).toString('base64'));
}

/**
 * The signing key of this data directory, Ed25519 as PKCS#8 PEM; made on first use, like the pepper.
 * The file is `signing-key.pem`.
 * @throws GeneratedSecretError as for the pepper.
 */
export function loadOrCreateSigningKey(dataDir: string): Promise<string> {
  return loadOrCreate(dataDir, 'signing-key.pem', () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
}

async function loadOrCreate(dataDir: string, name: string, make: () => string): Promise<string> {
  const path = join(dataDir, name);
  try {
    await makeDirectory(dataDir);
    const known = await stat(path).catch(() => null);
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
