import { isKeyName, noteKeyIdOf, type PublicNoteKey } from './note-key.js';
import { isSignedBy } from './platform.js';
import { decodeBase64 } from './merkle-tree.js';

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

/** One signature line of a note, whoever wrote it. */
interface NoteSignature {
  name: string;
  keyId: Buffer;
  signature: Buffer;
}

/** `— <name> base64(key id ‖ signature)`, with its newline. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
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
      (known) => (known.name ?? name) === name && noteKeyIdOf(name, known.publicKey).equals(keyId),
    );
    if (key === undefined) continue;
    if (!isSignedBy(key.publicKey, Buffer.from(text), signature)) {
      throw new UntrustedNote('bad_signature', `The signature of ${name} does not fit the note.`);
    }
    signers.push(name);
  }
  if (signers.length === 0) throw new UntrustedNote('unknown_key', 'None of the given keys signed the note.');
  return { text, signers };
}

/** The text of a note and its signatures, none of them looked at. @throws UntrustedNote */
export function parseNote(note: string): { text: string; signatures: NoteSignature[] } {
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  if (note.length > NOTE_CHARACTERS_MAX || split < 0 || !note.endsWith('\n') || !isNoteText(text))
    throw malformed();
  return { text, signatures: parseSignatureLines(note.slice(split + 2)) };
}

/** Signature lines, each ended by a newline. @throws UntrustedNote */
export function parseSignatureLines(text: string): NoteSignature[] {
  const lines = text.slice(0, -1).split('\n');
  if (!text.endsWith('\n') || lines.length > SIGNATURES_MAX) throw malformed();
  return lines.map(parseSignature);
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

/** A text that a note can have: it ends in a newline and has no control characters. */
export function isNoteText(text: string): boolean {
  return text.endsWith('\n') && !/[\u0000-\u0009\u000b-\u001f]|\p{Cs}/u.test(text);
}

function malformed(): UntrustedNote {
  return new UntrustedNote('malformed', 'Not a signed note.');
}
