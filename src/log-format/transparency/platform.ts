import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';

/**
 * What verifying needs of its platform, and all that it asks of one: here Node.js. The page of `pages/audit-verify` is
 * built with its own in this file's place, which answers the same with what a browser has.
 */

/** An Ed25519 public key; a `KeyObject` is one. */
export interface PublicKey {
  equals(other: PublicKey): boolean;
  export(options: { format: 'jwk' }): { kty?: string; crv?: string; x?: string };
}

/** SHA-256. Through a one-byte string: on Node 20 asking crypto.hash for a buffer costs three times as much. */
export function sha256(input: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', input, 'binary'), 'binary');
}

/** Longer texts are rare. */
const zeroAndText = Buffer.alloc(8192);
const UTF8_BYTES_MAX = 3;

/** SHA-256 of a zero byte and a UTF-8 text behind it, which is written there: putting two strings together takes half as long again. */
export function zeroAndTextHash(text: string, encoding: 'base64' | 'binary'): string {
  if (text.length * UTF8_BYTES_MAX >= zeroAndText.length) return hash('sha256', `\u0000${text}`, encoding);
  return hash('sha256', zeroAndText.subarray(0, 1 + zeroAndText.write(text, 1, 'utf8')), encoding);
}

/** @param raw 32 bytes */
export function publicKeyOfRaw(raw: Uint8Array): PublicKey {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** @throws unless the text is the PEM of an Ed25519 public key (SPKI) */
export function publicKeyOfPem(pem: string): PublicKey {
  const key = createPublicKey(pem);
  rawPublicKey(key);
  return key;
}

/** The 32 bytes. @throws TypeError for a key of another kind */
export function rawPublicKey(key: PublicKey): Buffer {
  const { crv, x = '' } = key.export({ format: 'jwk' });
  if (crv !== 'Ed25519') throw new TypeError('Not an Ed25519 key.');
  return Buffer.from(x, 'base64url');
}

/** Whether the signature is one of this key over the message (RFC 8032, Ed25519). */
export function isSignedBy(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, key as KeyObject, signature);
}

/** The text that is in these bytes as UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
