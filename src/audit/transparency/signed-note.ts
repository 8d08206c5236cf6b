import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { isKeyName, keyIdOf, type PublicNoteKey } from './note-key.js';
import { decodeBase64 } from './strict-base64.js';

/** Bounds what a stranger's note can make a reader do; the C2SP specification asks for 16 or more. */
const SIGNATURES_MAX = 64;
const NOTE_CHARACTERS_MAX = 1_000_000;

/** Why a note is not to be believed. */
export type NoteFault = 'malformed' | 'unknown_key' | 'bad_signature';

/** The note is not one, or none of the given keys signed it, or the signature under one of them is wrong. */
export class UntrustedNote extends Error {
  constructor(
    readonly fault: NoteFault,
    message: string,
  ) {
    super(message);
  }
}

interface NoteSignature {
  name: string;
  keyId: Buffer;
  signature: Buffer;
}

/**
 * Signs a text as a C2SP signed note with one Ed25519 signature line. Deterministic (RFC 8032).
 * @throws TypeError if the text does not end in a newline or has control characters, or the name is none.
 */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  if (!isNoteText(text))
    throw new TypeError('The text of a note ends in a newline and has no control characters.');
  if (!isKeyName(name)) throw new TypeError('The key name is empty or has a space or a plus sign.');
  const keyId = keyIdOf(name, createPublicKey(privateKey));
  const signature = sign(null, Buffer.from(text), privateKey);
  return `${text}\n— ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/**
 * The text of a note and the names of the keys that signed it. Signatures of unknown keys are ignored; one bad
 * signature of a known key rejects the note. A key without a name stands for every name.
 * @throws UntrustedNote
 */
export function openNote(note: string, keys: readonly PublicNoteKey[]): { text: string; signers: string[] } {
  const { text, signatures } = parseNote(note);
  const signers: string[] = [];
  for (const { name, keyId, signature } of signatures) {
    const key = keys.find(
      (known) => (known.name ?? name) === name && keyIdOf(name, known.publicKey).equals(keyId),
    );
    if (key === undefined) continue;
    if (!verify(null, Buffer.from(text), key.publicKey, signature)) {
      throw new UntrustedNote('bad_signature', `The signature of ${name} does not fit the note.`);
    }
    signers.push(name);
  }
  if (signers.length === 0) throw new UntrustedNote('unknown_key', 'None of the given keys signed the note.');
  return { text, signers };
}

function parseNote(note: string): { text: string; signatures: NoteSignature[] } {
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  if (note.length > NOTE_CHARACTERS_MAX || split < 0 || !note.endsWith('\n') || !isNoteText(text))
    throw malformed();
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) throw malformed();
  return { text, signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [dash, name, encoded, ...more] = line.split(' ');
  const bytes = decodeBase64(encoded ?? '');
  if (
    dash !== '—' ||
    name === undefined ||
    !isKeyName(name) ||
    bytes === null ||
    bytes.length < 5 ||
    more.length > 0
  ) {
    throw malformed();
  }
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

function isNoteText(text: string): boolean {
  return text.endsWith('\n') && !/[\u0000-\u0009\u000b-\u001f]|\p{Cs}/u.test(text);
}

function malformed(): UntrustedNote {
  return new UntrustedNote('malformed', 'Not a signed note.');
}
