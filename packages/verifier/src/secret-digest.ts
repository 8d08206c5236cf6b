import { hash, randomBytes } from 'node:crypto';

/** A presented secret that can be one: visible ASCII, of the length that Rescind reads. */
export function couldBeSecret(secret: string): boolean {
  return secret.length <= 512 && /^[\x21-\x7e]+$/.test(secret);
}

/**
 * Recognises secrets by SHA-256 under a random key of this object: nothing that is kept verifies, or is known, anywhere
 * else. The key comes first, has one length and no digest leaves the process, so lengthening one is of no use.
 */
export class SecretDigest {
  readonly #key = randomBytes(24).toString('base64url');

  of(secret: string): string {
    return hash('sha256', this.#key + secret, 'binary');
  }
}
