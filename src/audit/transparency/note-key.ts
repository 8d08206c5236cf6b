import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { decodeBase64 } from './strict-base64.js';

/** Signature type of plain Ed25519 (C2SP signed-note). */
const ED25519 = 0x01;

/** An Ed25519 public key; `name` is null where the source names none (PEM, raw) and any log name is meant. */
export interface PublicNoteKey {
  name: string | null;
  publicKey: KeyObject;
}

/** Key names are non-empty, without Unicode spaces and plus signs (C2SP signed-note). */
export function isKeyName(name: string): boolean {
  return /^[^\s\u0085+\p{Cc}]+$/u.test(name);
}

/** First 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). @throws unless the key is Ed25519. */
export function keyIdOf(name: string, publicKey: KeyObject): Buffer {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), rawPublicKey(publicKey)]);
  return Buffer.from(hash('sha256', input, 'hex').slice(0, 8), 'hex');
}

/** The verifier key in note notation: `<name>+<hex key id>+<base64(0x01 ‖ public key)>`. Not a secret. */
export function vkeyOf(name: string, publicKey: KeyObject): string {
  if (!isKeyName(name)) throw new TypeError('The key name is empty or has a space or a plus sign.');
  const encoded = Buffer.concat([Buffer.from([ED25519]), rawPublicKey(publicKey)]).toString('base64');
  return `${name}+${keyIdOf(name, publicKey).toString('hex')}+${encoded}`;
}

/** Parses a vkey. @throws TypeError if it is malformed, of another kind, or its key id does not fit. */
export function parseVkey(text: string): PublicNoteKey & { name: string } {
  // The base64 part may itself have plus signs; name and key id may not.
  const [, name, keyId, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? [];
  const bytes = decodeBase64(encoded ?? '', 1 + 32);
  if (name === undefined || !isKeyName(name) || bytes === null || bytes[0] !== ED25519) {
    throw new TypeError('Not an Ed25519 verifier key in note notation.');
  }
  const publicKey = publicKeyOfRaw(bytes.subarray(1));
  if (keyIdOf(name, publicKey).toString('hex') !== keyId)
    throw new TypeError('The key id does not fit the key.');
  return { name, publicKey };
}

/**
 * Reads an Ed25519 public key given as PEM (SPKI), vkey, or base64 of the 32 raw bytes.
 * @throws TypeError for anything else; the message never repeats the input, which may be a private key.
 */
export function parsePublicKey(text: string): PublicNoteKey {
  const trimmed = text.trim();
  const raw = decodeBase64(trimmed, 32);
  if (raw !== null) return { name: null, publicKey: publicKeyOfRaw(raw) };
  if (!trimmed.startsWith('-----BEGIN PUBLIC KEY-----')) return parseVkey(trimmed);
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(trimmed);
  } catch (cause) {
    throw new TypeError('The PEM public key cannot be read.', { cause });
  }
  rawPublicKey(publicKey);
  return { name: null, publicKey };
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('Not an Ed25519 key.');
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function publicKeyOfRaw(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
