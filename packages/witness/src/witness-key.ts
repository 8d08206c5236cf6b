import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { cosignerVkeyOf } from '../../../src/log-format/transparency/cosignature.js';
import { COSIGNATURE_V1, isKeyName, noteKeyIdOf } from '../../../src/log-format/transparency/note-key.js';
import { decodeBase64 } from '../../../src/log-format/transparency/merkle-tree.js';
import { createFile } from '../../../src/config/private-file.js';
import { UnusableWitness } from './unusable-witness.js';

/** The key that a witness cosigns with, and its name. */
export interface WitnessKey {
  name: string;
  privateKey: KeyObject;
  /** For policies; not a secret. */
  vkey: string;
}

const PREFIX = 'PRIVATE+KEY';
const SEED_BYTES = 32;
/** How the PKCS#8 form of an Ed25519 seed begins (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Makes a key and writes it to a file that only this user may read: `PRIVATE+KEY+<name>+<key id>+<base64>`, as Go's
 * note package writes keys. @throws UnusableWitness if the name is invalid, or the file exists already
 */
export async function makeWitnessKey(path: string, name: string): Promise<WitnessKey> {
  if (!isKeyName(name))
    throw new UnusableWitness(
      'A witness has a name without spaces and plus signs, such as witness.example.com/w1.',
    );
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url');
  const encoded = Buffer.concat([Buffer.of(COSIGNATURE_V1), seed]).toString('base64');
  const keyId = noteKeyIdOf(name, publicKey, COSIGNATURE_V1).toString('hex');
  const isNew = await createFile(path, `${PREFIX}+${name}+${keyId}+${encoded}\n`).catch((cause: unknown) => {
    throw new UnusableWitness(`${path} cannot be written (${codeOf(cause)}).`, { cause });
  });
  if (!isNew)
    throw new UnusableWitness(`${path} is there already: a witness that loses its key is another one.`);
  return { name, privateKey, vkey: cosignerVkeyOf({ name, publicKey }) };
}

/** @throws UnusableWitness */
export async function readWitnessKey(path: string): Promise<WitnessKey> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnusableWitness(
      `The key ${path} cannot be read (${codeOf(cause)}): make one with --make-key <name>.`,
      { cause },
    );
  });
  const [, name = '', keyId, encoded = ''] =
    /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim()) ?? [];
  const bytes = decodeBase64(encoded, 1 + SEED_BYTES);
  if (!isKeyName(name) || bytes?.[0] !== COSIGNATURE_V1)
    throw new UnusableWitness(`${path} is no key of a witness: make one with --make-key <name>.`);
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(1)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  if (noteKeyIdOf(name, publicKey, COSIGNATURE_V1).toString('hex') !== keyId)
    throw new UnusableWitness(`${path} was changed: its key id does not fit the key.`);
  return { name, privateKey, vkey: cosignerVkeyOf({ name, publicKey }) };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'not a file';
}
