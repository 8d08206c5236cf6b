import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { bodyOf, type Checkpoint } from './checkpoint.js';
import { messageOf, TIME_BYTES } from './cosignature.js';
import { COSIGNATURE_V1, isKeyName, noteKeyIdOf } from './note-key.js';
import { isNoteText, signatureLine } from './signed-note.js';

/**
 * Signs a text as a C2SP signed note with one Ed25519 signature line. Deterministic (RFC 8032).
 * @throws TypeError if the text does not end in a newline or has control characters, or the name is none.
 */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  if (!isNoteText(text))
    throw new TypeError('The text of a note ends in a newline and has no control characters.');
  if (!isKeyName(name)) throw new TypeError('The key name is empty or has a space or a plus sign.');
  const keyId = noteKeyIdOf(name, createPublicKey(privateKey));
  const signature = sign(null, Buffer.from(text), privateKey);
  return `${text}\n${signatureLine({ name, keyId, signature })}`;
}

/**
 * The signed note of a checkpoint; the key's name is the origin. Deterministic, so signing again what was
 * signed before a crash cannot make a second, different note.
 */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): string {
  return signNote(bodyOf(checkpoint), checkpoint.origin, privateKey);
}

/**
 * The signature line of a witness under the text of a checkpoint: `cosignature/v1`, Ed25519.
 * @param seconds Unix time, a whole number above 0
 */
export function cosign(text: string, name: string, privateKey: KeyObject, seconds: number): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = sign(null, Buffer.from(messageOf(text, seconds)), privateKey);
  const keyId = noteKeyIdOf(name, createPublicKey(privateKey), COSIGNATURE_V1);
  return signatureLine({ name, keyId, signature: Buffer.concat([time, signature]) });
}
