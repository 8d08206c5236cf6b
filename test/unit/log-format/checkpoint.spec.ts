import { generateKeyPairSync } from 'node:crypto';
import { isOriginOf, openCheckpoint, originOf } from '../../../src/log-format/transparency/checkpoint.js';
import { signCheckpoint } from '../../../src/log-format/transparency/signing.js';
import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import { parseVkey, vkeyOf } from '../../../src/log-format/transparency/note-key.js';
import { inclusionProof } from '../../../src/log-format/transparency/proof-generation.js';
import { UntrustedNote } from '../../../src/log-format/transparency/signed-note.js';
import { signNote } from '../../../src/log-format/transparency/signing.js';
import {
  formatTlogProof,
  parseTlogProof,
  verifyTlogProof,
} from '../../../src/log-format/transparency/tlog-proof.js';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const BUSINESS = '01890a5d-ac96-774b-bcce-b302099a8057';
const origin = originOf('rescind.example', BUSINESS);
const anyName = { name: null, publicKey };
const root = leafHash('x');

describe('checkpoint', () => {
  it('is a note of origin, size and root, signed under the origin as name', () => {
    const note = signCheckpoint({ origin, size: 17, root }, privateKey);
    expect(
      note.startsWith(`rescind.example/${BUSINESS}\n17\n${root.toString('base64')}\n\n— ${origin} `),
    ).toBe(true);
    expect(openCheckpoint(note, [parseVkey(vkeyOf(origin, publicKey))])).toEqual({ origin, size: 17, root });
    expect(openCheckpoint(note, [anyName])).toEqual({ origin, size: 17, root });
    expect(signCheckpoint({ origin, size: 17, root }, privateKey)).toBe(note);
  });

  it('tolerates extension lines', () => {
    const note = signNote(`${origin}\n0\n${root.toString('base64')}\nfuture line\n`, origin, privateKey);
    expect(openCheckpoint(note, [anyName]).size).toBe(0);
  });

  it('is refused under the key of another log', () => {
    const elsewhere = parseVkey(vkeyOf(originOf('rescind.example', null), publicKey));
    expect(() => openCheckpoint(signCheckpoint({ origin, size: 1, root }, privateKey), [elsewhere])).toThrow(
      UntrustedNote,
    );
    const claimed = signNote(`${origin}\n1\n${root.toString('base64')}\n`, 'other.example', privateKey);
    expect(() => openCheckpoint(claimed, [anyName])).toThrow(/not signed by the log that it names/);
  });

  it.each([
    `${origin}\n01\n${root.toString('base64')}\n`,
    `${origin}\n-1\n${root.toString('base64')}\n`,
    `${origin}\n99999999999999999\n${root.toString('base64')}\n`,
    `${origin}\n1\n${root.toString('base64').slice(0, -4)}\n`,
    `${origin}\n1\n${root.toString('base64').replace('=', '')}\n`,
    `${origin}\n1\n${root.toString('base64')}\n\nextension\n`,
    `${origin}\n1\n`,
    `\n1\n${root.toString('base64')}\n`,
  ])('is refused when its text is %j', (text) => {
    expect(() => openCheckpoint(signNote(text, origin, privateKey), [anyName])).toThrow(UntrustedNote);
  });

  it('names one business, or the platform, in its origin', () => {
    expect(originOf('rescind.example', null)).toBe('rescind.example/platform');
    expect(isOriginOf(origin, BUSINESS)).toBe(true);
    expect(isOriginOf(origin, null)).toBe(false);
    expect(isOriginOf(`/${BUSINESS}`, BUSINESS)).toBe(false);
    expect(isOriginOf(`rescind.example/x${BUSINESS}`, BUSINESS)).toBe(false);
  });
});

describe('proof file', () => {
  const leaves = Array.from({ length: 21 }, (_, i) => leafHash(`entry ${i}`));
  const checkpoint = signCheckpoint({ origin, size: 21, root: merkleRoot(leaves) }, privateKey);
  const hashesFor = (leafIndex: number): Promise<Buffer[]> =>
    inclusionProof(
      (ids) => Promise.resolve(ids.map(({ level, index }) => merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)))),
      leafIndex,
      21,
    ); // prettier-ignore

  it('shows each leaf of the log, and no other, under the checkpoint it carries', async () => {
    for (const [leafIndex, leaf] of leaves.entries()) {
      const text = formatTlogProof({
        extra: null,
        leafIndex,
        hashes: await hashesFor(leafIndex),
        checkpoint,
      });
      expect(text.startsWith(`c2sp.org/tlog-proof@v1\nindex ${leafIndex}\n`)).toBe(true);
      expect(text.endsWith(`\n\n${checkpoint}`)).toBe(true);
      expect(verifyTlogProof(text, leaf, [anyName])?.size).toBe(21);
      expect(verifyTlogProof(text, leafHash('other'), [anyName])).toBeNull();
      expect(verifyTlogProof(text.replace(/^index \d+/m, 'index 40'), leaf, [anyName])).toBeNull();
    }
  });

  it('of the only leaf has no hashes, and may carry extra data', () => {
    const [leaf] = leaves;
    const alone = signCheckpoint({ origin, size: 1, root: leaf! }, privateKey);
    const text = formatTlogProof({ extra: Buffer.from('age'), leafIndex: 0, hashes: [], checkpoint: alone });
    expect(text).toBe(`c2sp.org/tlog-proof@v1\nextra YWdl\nindex 0\n\n${alone}`);
    expect(parseTlogProof(text).extra?.toString()).toBe('age');
    expect(verifyTlogProof(text, leaf!, [anyName])?.size).toBe(1);
  });

  it('is refused in any other form, or under a checkpoint that is not signed', () => {
    const hash = leaves[0]!.toString('base64');
    for (const head of ['c2sp.org/tlog-proof@v2\nindex 0', 'c2sp.org/tlog-proof@v1', 'c2sp.org/tlog-proof@v1\nindex 00',
      'c2sp.org/tlog-proof@v1\nindex 0\nextra YWdl', 'c2sp.org/tlog-proof@v1\nextra Y\nindex 0',
      `c2sp.org/tlog-proof@v1\nindex 0\n${hash.slice(4)}`, `c2sp.org/tlog-proof@v1\nindex 0\n${hash} `]) {
      expect(() => parseTlogProof(`${head}\n\n${checkpoint}`)).toThrow(TypeError);
    } // prettier-ignore
    const forged = `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint.replace('\n21\n', '\n1\n')}`;
    expect(() => verifyTlogProof(forged, leaves[0]!, [anyName])).toThrow(UntrustedNote);
  });
});
