import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatAddCheckpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { signCheckpoint } from '../../../src/log-format/transparency/signing.js';
import { openCosignatures } from '../../../src/log-format/transparency/cosignature.js';
import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import { COSIGNATURE_V1, parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { makeWitnessKey, readWitnessKey } from '../../../packages/witness/src/witness-key.js';
import { originHash, WitnessState } from '../../../packages/witness/src/witness-state.js';
import { Witness } from '../../../packages/witness/src/witness.js';
import { readWitnessedLogs } from '../../../packages/witness/src/witnessed-logs.js';
import { privateKeyOf, VECTORS } from './vectors.js';

const ORIGIN = 'log.example/platform';
const logKey = privateKeyOf(VECTORS.log.seed_hex);
const leaves = Array.from({ length: 9 }, (_, i) => leafHash(String(i)));
const noteOf = (these: Buffer[], origin = ORIGIN, key = logKey): string =>
  signCheckpoint({ origin, size: these.length, root: merkleRoot(these) }, key);
const body = (oldSize: number, note: string, proof: Buffer[] = []): string =>
  formatAddCheckpoint({ oldSize, proof, note });

describe('a witness', () => {
  let directory: string;
  let reports: string[];

  /** As after a start: nothing is remembered but what lies in the directory. */
  const started = async (): Promise<Witness> => {
    const [key, logs] = [await readWitnessKey(join(directory, 'key')), await readWitnessedLogs(join(directory, 'logs'))];
    const state = new WitnessState(join(directory, 'state'));
    await state.open(logs.keys());
    return new Witness(key, logs, state, { report: (line) => reports.push(line), nowMs: () => 1679315147900 });
  }; // prettier-ignore
  const files = (): Promise<string[]> => readdir(join(directory, 'state', originHash(ORIGIN)));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rescind-witness-'));
    reports = [];
    await writeFile(join(directory, 'key'), VECTORS.witness.key_file);
    await writeFile(join(directory, 'logs'), `# mine\nlog ${VECTORS.log.vkey}\nquorum none\n`);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('answers what another implementation makes, and goes on from there after a start', async () => {
    const first = await (await started()).addCheckpoint(VECTORS.add_checkpoint_first);
    expect(first).toMatchObject({ status: 200, body: VECTORS.cosignature_3_at_1679315147 });
    const next = await (await started()).addCheckpoint(VECTORS.add_checkpoint_3_7);
    expect(next.status).toBe(200);
    const kept = await (await started()).checkpoint(originHash(ORIGIN));
    expect(kept).toMatchObject({ status: 200, body: `${VECTORS.checkpoint_7}${next.body}` });
    expect(openCosignatures(kept.body, [parseVkey(VECTORS.witness.vkey, COSIGNATURE_V1)])).toHaveLength(1);
  });

  it('tells whoever does not know how far it is', async () => {
    const witness = await started();
    await witness.addCheckpoint(VECTORS.add_checkpoint_first);
    const size = { status: 409, body: '3\n', contentType: 'text/x.tlog.size' };
    expect(await witness.addCheckpoint(body(0, VECTORS.checkpoint_7))).toEqual(size);
    expect(await witness.addCheckpoint(body(2, noteOf(leaves.slice(0, 2))))).toEqual(size);
    expect(await witness.addCheckpoint(body(4, VECTORS.checkpoint_7))).toEqual(size);
  });

  it('refuses another history, at once and after a start, and keeps the proof of it', async () => {
    await (await started()).addCheckpoint(VECTORS.add_checkpoint_first);
    const other = [leaves[0], leaves[2], leaves[1]] as Buffer[];
    const witness = await started();
    expect((await witness.addCheckpoint(body(3, noteOf(other)))).status).toBe(422);
    const proof = VECTORS.consistency_3_7.map((hash) => Buffer.from(hash, 'base64'));
    const longer = noteOf([...other, ...leaves.slice(3, 7)]);
    expect((await witness.addCheckpoint(body(3, longer, proof))).status).toBe(422);
    expect((await witness.addCheckpoint(body(3, VECTORS.checkpoint_7))).status).toBe(422);
    expect((await witness.addCheckpoint(body(3, VECTORS.checkpoint_3, proof))).status).toBe(422);
    const evidence = await readdir(join(directory, 'state', originHash(ORIGIN), 'refused'));
    expect(evidence).toContain(`3-${merkleRoot(other).toString('hex')}`);
    expect(reports.join('\n')).toContain(ORIGIN);
    // The genuine log goes on.
    expect((await witness.addCheckpoint(VECTORS.add_checkpoint_3_7)).status).toBe(200);
  });

  it.each([
    [400, 'nothing', ''],
    [400, 'no checkpoint', `old 0\n\n${VECTORS.log.vkey}\n`],
    [400, 'an old size above the new', body(4, VECTORS.checkpoint_3)],
    [404, 'a log that it does not know', body(0, noteOf(leaves, 'log.example/other'))],
    [403, 'a checkpoint that somebody else signed', body(0, noteOf(leaves, ORIGIN, privateKeyOf(VECTORS.witness.seed_hex)))],
    [403, 'a signature over something else', body(0, VECTORS.checkpoint_3.replace('\n3\n', '\n4\n'))],
    [422, 'a proof from nothing', body(0, VECTORS.checkpoint_3, [Buffer.alloc(32)])],
    [422, 'an empty tree with a root', body(0, signCheckpoint({ origin: ORIGIN, size: 0, root: Buffer.alloc(32) }, logKey))],
  ])('answers %d to %s, and cosigns nothing', async (status, _, text) => {
    expect((await (await started()).addCheckpoint(text)).status).toBe(status);
    expect((await files()).filter((name) => name !== 'refused')).toEqual([]);
  }); // prettier-ignore

  it('cosigns one of two histories that are brought at the same moment, whatever process they are brought to', async () => {
    for (let round = 0; round < 10; round++) {
      await rm(join(directory, 'state'), { recursive: true, force: true });
      const witnesses = await Promise.all([started(), started(), started()]);
      const notes = [leaves.slice(0, 3), leaves.slice(3, 6), leaves.slice(1, 7), leaves.slice(2, 9)].map((these) => noteOf(these));
      const answers = await Promise.all(notes.map((note, index) => witnesses[index % 3]!.addCheckpoint(body(0, note))));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
      const kept = (await witnesses[0].checkpoint(originHash(ORIGIN))).body;
      expect(kept).toContain(answers.find(({ status }) => status === 200)!.body);
    }
  }); // prettier-ignore

  it('does not go back when it was stopped while others went on', async () => {
    const witness = await started();
    const state = new WitnessState(join(directory, 'state'));
    await state.open([ORIGIN]);
    for (const size of [1, 2, 3, 4, 5])
      expect(await state.advance(ORIGIN, size - 1, noteOf(leaves.slice(0, size)))).toBe(true);
    // Generation 1 is gone again: to somebody who had read before it was made, its place looks free.
    expect(await files()).toEqual(['4', '5']);
    expect(await state.advance(ORIGIN, 0, noteOf(leaves.slice(0, 9)))).toBe(false);
    expect(await files()).toEqual(['4', '5']);
    expect(await witness.addCheckpoint(body(0, noteOf(leaves)))).toMatchObject({ status: 409, body: '5\n' });
  });

  it('ignores what a power cut left half written, and removes it later', async () => {
    await (await started()).addCheckpoint(VECTORS.add_checkpoint_first);
    const home = join(directory, 'state', originHash(ORIGIN));
    const draft = `1.${crypto.randomUUID()}`;
    await writeFile(join(home, draft), VECTORS.checkpoint_7.slice(0, 20));
    const witness = await started();
    expect((await witness.addCheckpoint(VECTORS.add_checkpoint_3_7)).status).toBe(200);
    const proof: Buffer[] = [];
    expect((await witness.addCheckpoint(body(7, VECTORS.checkpoint_7, proof))).status).toBe(200);
    expect(await files()).toEqual(['2', '3']);
  });

  it.each([
    ['a state that cannot be read', 'state', 'cannot be used', async (): Promise<void> => {
      await (await started()).addCheckpoint(VECTORS.add_checkpoint_first);
      await writeFile(join(directory, 'state', originHash(ORIGIN), '1'), 'what?');
    }],
    ['a state that is a file', 'state', 'ENOTDIR', () => writeFile(join(directory, 'state'), '')],
    ['a key that is none', 'key', 'is no key of a witness', () => writeFile(join(directory, 'key'), 'PRIVATE+KEY+a+b')],
    ['a key that was changed', 'key', 'key id does not fit', () => writeFile(join(directory, 'key'), VECTORS.witness.key_file.replace('w1+', 'w2+'))],
    ['no key', 'key', 'ENOENT', () => rm(join(directory, 'key'))],
    ['no logs', 'logs', 'names no log', () => writeFile(join(directory, 'logs'), '# none\n')],
    ['a log without a key', 'logs', 'Line 1', () => writeFile(join(directory, 'logs'), 'log example\n')],
  ])('does not start with %s, and says so without its key', async (_, file, words, spoil) => {
    await spoil();
    await expect(started()).rejects.toThrow(join(directory, file));
    await expect(started()).rejects.toThrow(words);
    await expect(started()).rejects.not.toThrow(VECTORS.witness.key_file.split('+').at(-1)!.trim());
  }); // prettier-ignore

  it('makes a key that nobody else may read, once', async () => {
    const path = join(directory, 'new-key');
    const { vkey } = await makeWitnessKey(path, 'witness.example/new');
    expect((await readWitnessKey(path)).vkey).toBe(vkey);
    expect(parseVkey(vkey, COSIGNATURE_V1).name).toBe('witness.example/new');
    const before = await readFile(path, 'utf8');
    await expect(makeWitnessKey(path, 'witness.example/new')).rejects.toThrow('is there already');
    expect(await readFile(path, 'utf8')).toBe(before);
    await expect(makeWitnessKey(join(directory, 'other'), 'a name')).rejects.toThrow('without spaces');
  });
});
