import { generateKeyPairSync } from 'node:crypto';
import { checkpointLine } from '../../../src/log-format/export-format.js';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { cosignerVkeyOf } from '../../../src/log-format/transparency/cosignature.js';
import { cosign } from '../../../src/log-format/transparency/signing.js';
import { inclusionProof } from '../../../src/log-format/transparency/proof-generation.js';
import { parseNote } from '../../../src/log-format/transparency/signed-note.js';
import { extendTiles, nodeReaderOf } from '../../../src/log-format/transparency/tiles.js';
import { formatTlogProof } from '../../../src/log-format/transparency/tlog-proof.js';
import { run } from './run-verify.js';
import { SampleLog } from './sample-log.js';

const log = new SampleLog(9, null);
const [a, b, c] = ['a', 'b', 'c'].map((alias) => ({
  name: `witness.example/${alias}`,
  ...generateKeyPairSync('ed25519'),
}));
const policy = [
  `log ${log.vkey}`,
  ...[a!, b!, c!].map((each, index) => `witness ${'abc'[index]} ${cosignerVkeyOf(each)}`),
  'group two-of-them 2 a b c',
  'quorum two-of-them',
  '',
].join('\n');
const AT = 1_769_860_800;

/** The checkpoint at that size, cosigned by these, one second after the other. */
function cosigned(size: number, by: (typeof a)[], ofText = parseNote(log.note(size)).text): string {
  const lines = by.map((each, index) => cosign(ofText, each!.name, each!.privateKey, AT + index));
  return log.note(size) + lines.join('');
}

const exported = (note: string): string => [...log.complete().slice(0, -1), checkpointLine(note)].join('');

async function proofOf(sequence: number, note: string): Promise<string> {
  const tiles = new Map(
    extendTiles(0, log.leaves, []).map((tile) => [`${tile.level}/${tile.index}`, tile.bytes]),
  );
  const read = nodeReaderOf((ids) =>
    Promise.resolve(ids.map(({ level, index }) => tiles.get(`${level}/${index}`)!)),
  );
  const hashes = await inclusionProof(read, sequence - 1, 9);
  return formatTlogProof({ extra: null, leafIndex: sequence - 1, hashes, checkpoint: note });
}

const verified = async (files: Record<string, string>, ...args: string[]) => {
  const { out, code } = await run({ policy, ...files }, ...args, '--policy', '@policy', '--json');
  const report = JSON.parse(out) as {
    verified: boolean;
    cosigned: unknown;
    failures: { kind: string; message: string }[];
  };
  expect(report.verified).toBe(code === 0);
  return report;
};

describe('rescind audit verify --policy', () => {
  it('needs no other key, and says who has cosigned what, and since when', async () => {
    const { out, code } = await run({ policy, e: exported(cosigned(9, [a, c])) }, '--export', '@e', '--policy', '@policy');
    expect(out).toContain('cosigned    9 events by a, c, at 2026-01-31T12:00:01.000Z\n');
    expect(code).toBe(0);
  });

  it('takes a checkpoint that was kept, for what that covers', async () => {
    const files = { e: exported(log.note()), k: cosigned(4, [b, c]) };
    const report = await verified(files, '--export', '@e', '--checkpoint', '@k');
    expect(report).toMatchObject({ verified: true, cosigned: { size: 4, witnesses: ['b', 'c'] } });
  });

  it('takes a proof with its event', async () => {
    const files = { p: await proofOf(3, cosigned(9, [c, b, a])), e: canonicalEvent(log.events[2]!) };
    const report = await verified(files, '--proof', '@p', '--event', '@e');
    expect(report).toMatchObject({ verified: true, cosigned: { size: 9, at: '2026-01-31T12:00:01.000Z', witnesses: ['a', 'b', 'c'] } });
  });

  it.each([
    ['nobody', cosigned(9, [])],
    ['one alone', cosigned(9, [a])],
    ['one alone, twice', cosigned(9, [a, a])],
    ['one, and another of something else', cosigned(9, [a]) + cosigned(8, [b]).split('\n').at(-2)! + '\n'],
    ['strangers', cosigned(9, [0, 1].map((n) => ({ name: `witness.example/${'ab'[n]}`, ...generateKeyPairSync('ed25519') })))],
  ])('refuses an export and a proof that are cosigned by %s', async (_, note) => {
    const proof = { p: await proofOf(3, note), v: canonicalEvent(log.events[2]!) };
    for (const report of [
      await verified({ e: exported(note) }, '--export', '@e'),
      await verified(proof, '--proof', '@p', '--event', '@v'),
    ]) {
      expect(report).toMatchObject({ verified: false, cosigned: null });
      expect(report.failures.map(({ kind }) => kind)).toEqual(['no_quorum']);
    }
  });

  it('refuses cosignatures of a history that the export does not have', async () => {
    const other = new SampleLog(9, null, { publicKey: log.publicKey, privateKey: generateKeyPairSync('ed25519').privateKey });
    const report = await verified({ e: exported(cosigned(9, [a, b], parseNote(other.note(8)).text)) }, '--export', '@e');
    expect(report.failures.map(({ kind }) => kind)).toEqual(['no_quorum']);
    // The checkpoint of another log is none of this one's, whoever has cosigned it.
    const kept = await verified({ e: exported(log.note()), k: other.note(4) }, '--export', '@e', '--checkpoint', '@k');
    expect(kept.verified).toBe(false);
  });

  it.each([
    ['a receipt alone', ['--receipt', '@e'], 1],
    ['a policy that cannot be used', ['--export', '@e', '--policy', '@e'], 2],
    ['a policy that is not there', ['--export', '@e', '--policy', '@absent'], 2],
    ['neither key nor policy', ['--export', '@e'], 2],
    ['an archive', ['--archive', '.', '--policy', '@policy'], 2],
  ])('answers %j with %j', async (what, args, code) => {
    const all = what === 'a receipt alone' ? [...args, '--policy', '@policy'] : args;
    const found = await run({ policy, e: exported(log.note()) }, ...all);
    expect(found.code).toBe(code);
    if (code === 2) expect(found.err).toMatch(/^[^\n]+\n$/);
    else expect(found.out).toContain('no_quorum');
  });
}); // prettier-ignore
