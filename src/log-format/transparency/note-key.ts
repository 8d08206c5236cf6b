import { publicKeyOfPem, publicKeyOfRaw, rawPublicKey, sha256, type PublicKey } from './platform.js';
import { decodeBase64 } from './merkle-tree.js';

/** Signature types: plain Ed25519 (C2SP signed-note), and that of a witness (C2SP tlog-cosignature). */
const ED25519 = 0x01;
export const COSIGNATURE_V1 = 0x04;
type NoteKeyType = typeof ED25519 | typeof COSIGNATURE_V1;

/** An Ed25519 public key; `name` is null where the source names none (PEM, raw) and any log name is meant. */
export interface PublicNoteKey {
  name: string | null;
  publicKey: PublicKey;
}

/** Key names are non-empty, without Unicode spaces and plus signs (C2SP signed-note). */
export function isKeyName(name: string): boolean {
  return /^[^\s\u0085+\p{Cc}]+$/u.test(name);
}

/** First 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). @throws unless the key is Ed25519. */
export function noteKeyIdOf(name: string, publicKey: PublicKey, type: NoteKeyType = ED25519): Buffer {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), rawPublicKey(publicKey)]);
  return sha256(input).subarray(0, 4);
}

/** The verifier key in note notation: `<name>+<hex key id>+<base64(type ‖ public key)>`. Not a secret. */
export function vkeyOf(name: string, publicKey: PublicKey, type: NoteKeyType = ED25519): string {
  if (!isKeyName(name)) throw new TypeError('The key name is empty or has a space or a plus sign.');
  const encoded = Buffer.concat([Buffer.from([type]), rawPublicKey(publicKey)]).toString('base64');
  return `${name}+${noteKeyIdOf(name, publicKey, type).toString('hex')}+${encoded}`;
}

/** Parses a vkey. @throws TypeError if it is malformed, of another kind, or its key id does not fit. */
export function parseVkey(text: string, type: NoteKeyType = ED25519): PublicNoteKey & { name: string } {
  // The base64 part may itself have plus signs; name and key id may not.
  const [, name, keyId, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? [];
  const bytes = decodeBase64(encoded ?? '', 1 + 32);
  if (name === undefined || !isKeyName(name) || bytes === null || bytes[0] !== type) {
    throw new TypeError('Not an Ed25519 verifier key in note notation.');
  }
  const publicKey = publicKeyOfRaw(bytes.subarray(1));
  if (noteKeyIdOf(name, publicKey, type).toString('hex') !== keyId)
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
  try {
    return { name: null, publicKey: publicKeyOfPem(trimmed) };
  } catch (cause) {
    throw new TypeError('The PEM public key cannot be read.', { cause });
  }
}
