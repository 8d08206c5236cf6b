import { generateKeyPairSync } from 'node:crypto';
import {
  formatAddCheckpoint,
  openCheckpoint,
  parseAddCheckpoint,
} from '../../../src/log-format/transparency/checkpoint.js';
import {
  cosignaturesIn,
  cosignerVkeyOf,
  openCosignatures,
} from '../../../src/log-format/transparency/cosignature.js';
import { cosign } from '../../../src/log-format/transparency/signing.js';
import { COSIGNATURE_V1, parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { parseNote, UntrustedNote } from '../../../src/log-format/transparency/signed-note.js';
import { privateKeyOf, VECTORS } from './vectors.js';

const { witness, checkpoint_3: note, cosignature_3_at_1679315147: line } = VECTORS;
const { text } = parseNote(note);
const cosigner = parseVkey(witness.vkey, COSIGNATURE_V1);

describe('a cosignature', () => {
  it('is byte for byte what another implementation makes of the same key, text and time', () => {
    expect(cosign(text, witness.name, privateKeyOf(witness.seed_hex), 1679315147)).toBe(line);
    expect(cosignerVkeyOf(cosigner)).toBe(witness.vkey);
  });

  it('of another implementation is read with its time, and leaves the checkpoint what it is', () => {
    expect(openCosignatures(`${note}${line}`, [cosigner])).toEqual([{ cosigner, seconds: 1679315147, line }]);
    expect(openCheckpoint(`${note}${line}`, [parseVkey(VECTORS.log.vkey)]).size).toBe(3);
  });

  it('is not believed with another time, for another checkpoint, or under the key of another type', () => {
    const bytes = Buffer.from(line.trim().split(' ')[2] as string, 'base64');
    bytes.writeBigUInt64BE(1679315148n, 4);
    const later = `— ${witness.name} ${bytes.toString('base64')}\n`;
    expect(() => cosignaturesIn(text, later, [cosigner])).toThrow(UntrustedNote);
    expect(() => cosignaturesIn(text, VECTORS.cosignature_7_at_1679315150, [cosigner])).toThrow(
      UntrustedNote,
    );
    expect(() => parseVkey(witness.vkey)).toThrow(TypeError);
    expect(() => parseVkey(VECTORS.log.vkey, COSIGNATURE_V1)).toThrow(TypeError);
  });

  it('of a stranger, or of a namesake with another key, is ignored', () => {
    const stranger = generateKeyPairSync('ed25519');
    const lines = cosign(text, 'witness.example/other', stranger.privateKey, 1) + cosign(text, witness.name, stranger.privateKey, 2);
    expect(cosignaturesIn(text, lines + line, [cosigner]).map(({ seconds }) => seconds)).toEqual([1679315147]);
  }); // prettier-ignore

  it('of one witness counts once, with its latest time', () => {
    const again = cosign(text, witness.name, privateKeyOf(witness.seed_hex), 1679315999);
    expect(cosignaturesIn(text, again + line, [cosigner])).toMatchObject([{ seconds: 1679315999 }]);
  });
});

describe('the body of add-checkpoint', () => {
  it('is what another implementation writes, and is read back', () => {
    const proof = VECTORS.consistency_3_7.map((hash) => Buffer.from(hash, 'base64'));
    const asked = { oldSize: 3, proof, note: VECTORS.checkpoint_7 };
    expect(formatAddCheckpoint(asked)).toBe(VECTORS.add_checkpoint_3_7);
    expect(parseAddCheckpoint(VECTORS.add_checkpoint_3_7)).toEqual(asked);
    expect(parseAddCheckpoint(VECTORS.add_checkpoint_first)).toMatchObject({ oldSize: 0, proof: [] });
  });

  it.each([
    ['nothing', ''],
    ['no old size', note],
    ['a leading zero', VECTORS.add_checkpoint_3_7.replace('old 3', 'old 03')],
    ['a sign', VECTORS.add_checkpoint_3_7.replace('old 3', 'old -3')],
    ['a size that no number holds', VECTORS.add_checkpoint_3_7.replace('old 3', 'old 99999999999999999')],
    ['a hash that is cut', VECTORS.add_checkpoint_3_7.replace('=\n', '\n')],
    ['64 lines of proof', `old 3\n${`${VECTORS.consistency_3_7[0]}\n`.repeat(64)}\n${note}`],
  ])('is refused with %s', (_, body) => {
    expect(parseAddCheckpoint(body)).toBeNull();
  });
});
