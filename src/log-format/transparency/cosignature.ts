import { COSIGNATURE_V1, noteKeyIdOf, vkeyOf } from './note-key.js';
import { isSignedBy, type PublicKey } from './platform.js';
import { parseNote, parseSignatureLines, signatureLine, UntrustedNote } from './signed-note.js';

/** Who cosigns: a witness, under its own name. */
export interface Cosigner {
  name: string;
  publicKey: PublicKey;
}

/** That a witness saw this text as the head of the largest tree of its log, and when (C2SP tlog-cosignature, Ed25519). */
export interface Cosignature {
  cosigner: Cosigner;
  /** Unix time. */
  seconds: number;
  /** As it stands under a note. */
  line: string;
}

/** Of the time in a cosignature. */
export const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/**
 * The cosignatures of these witnesses under a note. Signatures of others are ignored; one that carries the name and key id
 * of a witness and is not its own rejects the note. Of several of one witness the latest counts.
 * @throws UntrustedNote
 */
export function openCosignatures(note: string, cosigners: readonly Cosigner[]): Cosignature[] {
  const split = note.lastIndexOf('\n\n');
  return cosignaturesIn(parseNote(note).text, note.slice(split + 2), cosigners);
}

/** The same for signature lines that do not stand under their text yet: the answer of a witness. @throws UntrustedNote */
export function cosignaturesIn(text: string, lines: string, cosigners: readonly Cosigner[]): Cosignature[] {
  const latest = new Map<Cosigner, Cosignature>();
  for (const each of parseSignatureLines(lines)) {
    const cosigner = cosigners.find(
      ({ name, publicKey }) =>
        name === each.name && noteKeyIdOf(name, publicKey, COSIGNATURE_V1).equals(each.keyId),
    );
    if (cosigner === undefined) continue;
    const seconds = timeOf(text, each.signature, cosigner.publicKey);
    if (seconds === null)
      throw new UntrustedNote(
        'bad_signature',
        `The cosignature of ${each.name} does not fit the checkpoint.`,
      );
    if (seconds >= (latest.get(cosigner)?.seconds ?? 0))
      latest.set(cosigner, { cosigner, seconds, line: signatureLine(each) });
  }
  return [...latest.values()];
}

/** The verifier key of a witness in note notation. Not a secret. */
export function cosignerVkeyOf({ name, publicKey }: Cosigner): string {
  return vkeyOf(name, publicKey, COSIGNATURE_V1);
}

/** Null: the signature is not one of this key over this text. */
function timeOf(text: string, signature: Buffer, publicKey: PublicKey): number | null {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return null;
  const time = signature.readBigUInt64BE();
  if (time === 0n || time > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const message = Buffer.from(messageOf(text, Number(time)));
  return isSignedBy(publicKey, message, signature.subarray(TIME_BYTES)) ? Number(time) : null;
}

/** What is signed: the text of a checkpoint, and when it was seen. */
export function messageOf(text: string, seconds: number): string {
  return `cosignature/v1\ntime ${seconds}\n${text}`;
}
