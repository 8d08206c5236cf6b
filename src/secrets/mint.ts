import { randomBytes } from 'node:crypto';
import { checksumOf, PUBLIC_ID_LENGTH, RANDOM_LENGTH, randomBase62 } from './secret-format.js';

export interface MintedSecret {
  /** The string the client sends. Shown once, never stored. */
  secret: string;
  /** Names the token; becomes its `jti`. */
  publicId: string;
  /** What may be displayed for ever: prefix, first 4 and last 4 characters. */
  preview: string;
}

/** Mints `<prefix>_<public id>_<random>_<checksum>`. */
export function mintSecret(prefix: string): MintedSecret {
  const publicId = randomBase62(PUBLIC_ID_LENGTH);
  const body = `${prefix}_${publicId}_${randomBase62(RANDOM_LENGTH)}_`;
  const secret = body + checksumOf(body);
  return { secret, publicId, preview: `${prefix}_${publicId.slice(0, 4)}********${secret.slice(-4)}` };
}

/** Mints 64 lowercase hexadecimal characters, the form that vcita's clients expect. */
export function mintHexSecret(): MintedSecret {
  const secret = randomBytes(32).toString('hex');
  return {
    secret,
    publicId: secret.slice(0, 16),
    preview: `${secret.slice(0, 4)}********${secret.slice(-4)}`,
  };
}
