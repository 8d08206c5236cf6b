import { hash, randomBytes } from 'node:crypto';

/** A string that can be a secret: visible ASCII, of a length that Rescind accepts. */
export function couldBeSecret(secret: string): boolean {
  return secret.length <= 512 && /^[\x21-\x7e]+$/.test(secret);
}

/**
 * Recognises secrets by SHA-256 under a random key of this object: the digests are useless anywhere else. The key comes
 * first and has a fixed length, and no digest leaves the process, so length extension is of no use.
 */
export class SecretDigest {
  readonly #key = randomBytes(24).toString('base64url');

  of(secret: string): string {
    return hash('sha256', this.#key + secret, 'binary');
  }
}
