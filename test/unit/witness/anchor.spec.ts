import { generateKeyPairSync } from 'node:crypto';
import { checkpointLine } from '../../../src/log-format/export-format.js';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { cosignerVkeyOf } from '../../../src/log-format/transparency/cosignature.js';
import { cosign } from '../../../src/log-format/transparency/signing.js';
import { nodeReaderOfLeaves } from '../../../src/log-format/transparency/subtrees.js';
import { merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import { parsePublicKey, parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { inclusionProof } from '../../../src/log-format/transparency/proof-generation.js';
import { parseNote } from '../../../src/log-format/transparency/signed-note.js';
import { formatTlogProof } from '../../../src/log-format/transparency/tlog-proof.js';
import { anchorLeaf, openAnchor, type AnchorFile } from '../../../src/log-format/anchor-format.js';
import { run } from '../audit-verify/run-verify.js';
import { SampleLog } from '../audit-verify/sample-log.js';

const pair = generateKeyPairSync('ed25519');
const witness = { name: 'witness.example/w1', ...generateKeyPairSync('ed25519') };
const businesses = [3, 5, 9, 4, 7].map((size) => new SampleLog(size, undefined, pair));
const own = businesses[2]!;
const leaves = businesses.map((log) => anchorLeaf(parseNote(log.note()).text));
const root = merkleRoot(leaves).toString('base64');
const ANCHORING = 6;
const platform = new SampleLog(8, null, pair, (event): AuditEvent =>
  event.sequence === ANCHORING
    ? { ...event, action: 'checkpoint.anchored', details: { logs: leaves.length, root } }
    : event,
);
const base64 = (hashes: Uint8Array[]): string[] => hashes.map((hash) => Buffer.from(hash).toString('base64'));

async function proofIn(log: SampleLog, sequence: number, note = log.note()): Promise<string> {
  const hashes = await inclusionProof(nodeReaderOfLeaves(log.leaves), sequence - 1, log.leaves.length);
  return formatTlogProof({ extra: null, leafIndex: sequence - 1, hashes, checkpoint: note });
}

async function anchor(change: Partial<AnchorFile> = {}): Promise<string> {
  return JSON.stringify({
    rescind_anchor: 1,
    checkpoint: own.note(),
    index: 2,
    path: base64(await inclusionProof(nodeReaderOfLeaves(leaves), 2, leaves.length)),
    event: canonicalEvent(platform.events[ANCHORING - 1]!),
    proof: await proofIn(platform, ANCHORING),
    ...change,
  });
}

const cosigned = (): string =>
  platform.note() + cosign(parseNote(platform.note()).text, witness.name, witness.privateKey, 1_769_860_800);
const policy = `log ${platform.vkey}\nwitness w ${cosignerVkeyOf(witness)}\nquorum w\n`;

describe('an anchor', () => {
  const keys = [parseVkey(own.vkey), parseVkey(platform.vkey)];

  it('proves that a checkpoint of a business is in the log of the platform', async () => {
    expect(openAnchor(await anchor(), keys)).toMatchObject({
      checkpoint: { origin: own.origin, size: 9 },
      platform: { origin: platform.origin, size: 8 },
      sequence: ANCHORING,
    });
    const pem = parsePublicKey(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    expect(typeof openAnchor(await anchor(), [pem])).toBe('object');
  });

  it('proves nothing under the key of one of the two logs alone', async () => {
    for (const key of keys) expect(typeof openAnchor(await anchor(), [key])).toBe('string');
  });

  const other = new SampleLog(9, undefined, pair);
  const stranger = new SampleLog(8, null, pair);
  it.each([
    ['text', () => 'no anchor'],
    ['null', () => 'null'],
    ['another version', () => anchor({ rescind_anchor: 2 as 1 })],
    ['a path that is none', () => anchor({ path: ['AAAA'] })],
    ['a path of numbers', () => anchor({ path: [1 as unknown as string] })],
    ['another place', () => anchor({ index: 3 })],
    ['a place that is none', () => anchor({ index: -1 })],
    ['another checkpoint of the log', () => anchor({ checkpoint: own.note(8) })],
    ['the checkpoint of another log', () => anchor({ checkpoint: other.note() })],
    ['a checkpoint that nobody signed', () => anchor({ checkpoint: own.note().replace('\n9\n', '\n10\n') })],
    ['another event', () => anchor({ event: canonicalEvent(platform.events[2]!) })],
    [
      'an event with another root',
      () =>
        anchor({
          event: canonicalEvent(platform.events[ANCHORING - 1]!).replace(root, leaves[2]!.toString('base64')),
        }),
    ],
    [
      'an event that is not in its form',
      () => anchor({ event: JSON.stringify(platform.events[ANCHORING - 1], null, 1) }),
    ],
    ['the proof of another event', async () => anchor({ proof: await proofIn(platform, 3) })],
    ['the proof in another log', async () => anchor({ proof: await proofIn(stranger, ANCHORING) })],
    ['a proof that is none', () => anchor({ proof: 'index 5' })],
    ['a log of the platform itself', () => anchor({ checkpoint: platform.note() })],
  ])('proves nothing with %s', async (_, made) => {
    const pem = [parsePublicKey(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString())];
    expect(openAnchor(await made(), pem)).toEqual(expect.stringMatching(/\w/));
  });
});

describe('rescind audit verify --anchor', () => {
  const key = ['--public-key', own.vkey, '--policy', '@policy'];

  it('says where the checkpoint stands, and who has cosigned that', async () => {
    const a = await anchor({ proof: await proofIn(platform, ANCHORING, cosigned()) });
    const { out, code } = await run({ a, policy }, '--anchor', '@a', ...key);
    expect(out).toContain(`anchored    9 events, in event ${ANCHORING} of rescind.example/platform`);
    expect(out).toContain('cosigned    8 events by w, at 2026-01-31T12:00:00.000Z');
    expect(out).toMatch(/\nVERIFIED\n$/);
    expect(code).toBe(0);
  });

  it('refuses one without the quorum, and one of another log', async () => {
    const a = await anchor();
    expect((await run({ a, policy }, '--anchor', '@a', ...key)).code).toBe(1);
    const keys = ['--public-key', own.vkey, '--public-key', platform.vkey];
    expect((await run({ a }, '--anchor', '@a', ...keys)).code).toBe(0);
    expect((await run({ a }, '--anchor', '@a', ...keys, '--origin', other().origin)).code).toBe(1);
    expect((await run({ a: '{}' }, '--anchor', '@a', ...keys)).code).toBe(1);
  });

  it('compares the anchored checkpoint with an export, which its witnesses then have cosigned', async () => {
    const a = await anchor({ proof: await proofIn(platform, ANCHORING, cosigned()) });
    const e = own.complete().join('');
    const { out, code } = await run({ a, e, policy }, '--export', '@e', '--anchor', '@a', ...key, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ verified: true, cosigned: { size: 9, witnesses: ['w'] } });
    const forked = [...other().complete().slice(0, -1), checkpointLine(other().note())].join('');
    const refused = await run(
      { a, e: forked, policy },
      '--export',
      '@e',
      '--anchor',
      '@a',
      '--public-key',
      other().vkey,
      ...key,
      '--json',
    );
    expect(JSON.parse(refused.out)).toMatchObject({ verified: false, cosigned: null });
    const broken = await run({ a: '{}', e, policy }, '--export', '@e', '--anchor', '@a', ...key, '--json');
    const { failures } = JSON.parse(broken.out) as { failures: { kind: string }[] };
    expect(failures.map(({ kind }) => kind).toSorted()).toEqual(['bad_anchor', 'no_quorum']);
  });

  it('goes with an export, or alone', async () => {
    const a = await anchor();
    for (const args of [
      ['--proof', '@a', '--event', '@a'],
      ['--archive', '.'],
    ])
      expect((await run({ a, policy }, '--anchor', '@a', ...args, ...key)).code).toBe(2);
  });
});

/** Another history of another business, under the same key. */
function other(): SampleLog {
  return new SampleLog(9, '0199c0de-0000-7000-8000-00000000b001', pair);
} // prettier-ignore
