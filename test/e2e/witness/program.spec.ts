import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatAddCheckpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { signCheckpoint } from '../../../src/log-format/transparency/signing.js';
import { cosignaturesIn } from '../../../src/log-format/transparency/cosignature.js';
import { leafHash, merkleRoot } from '../../../src/log-format/transparency/merkle-tree.js';
import { COSIGNATURE_V1, parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { consistencyProof } from '../../../src/log-format/transparency/proof-generation.js';
import { parseNote } from '../../../src/log-format/transparency/signed-note.js';
import { extendTiles, nodeReaderOf } from '../../../src/log-format/transparency/tiles.js';
import { originHash } from '../../../packages/witness/src/witness-state.js';
import { waitFor } from '../../support/wait-for.js';
import { privateKeyOf, VECTORS } from '../../unit/witness/vectors.js';
import { aWitnessSite, type WitnessProcess, type WitnessSite } from './witness-process.js';

const ORIGIN = 'log.example/platform';
const key = privateKeyOf(VECTORS.log.seed_hex);
const leaves = Array.from({ length: 400 }, (_, i) => leafHash(String(i)));
const tiles = new Map(extendTiles(0, leaves, []).map((tile) => [`${tile.level}/${tile.index}`, tile.bytes]));
const read = nodeReaderOf((ids) =>
  Promise.resolve(ids.map(({ level, index }) => tiles.get(`${level}/${index}`)!)),
);
const noteAt = (size: number): string =>
  signCheckpoint({ origin: ORIGIN, size, root: merkleRoot(leaves.slice(0, size)) }, key); // prettier-ignore

async function submission(oldSize: number, size: number): Promise<string> {
  const proof = oldSize === 0 || oldSize === size ? [] : await consistencyProof(read, oldSize, size);
  return formatAddCheckpoint({ oldSize, proof, note: noteAt(size) });
}

async function post(url: string, body: string | Buffer): Promise<{ status: number; type: string | null; text: string }> {
  const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
} // prettier-ignore

describe('rescind-witness', () => {
  let site: WitnessSite;
  let witness: WitnessProcess;
  beforeEach(async () => {
    site = await aWitnessSite('witness.example/w1', [VECTORS.log.vkey]);
    witness = await site.start();
  });
  afterEach(async () => {
    await witness.kill();
    await site.remove();
  });

  it('cosigns over HTTP, tells its size, and shows what it has cosigned to whoever compares', async () => {
    const first = await post(witness.url, await submission(0, 3));
    expect(first.status).toBe(200);
    const cosigner = parseVkey(witness.vkey, COSIGNATURE_V1);
    const [cosignature] = cosignaturesIn(parseNote(noteAt(3)).text, first.text, [cosigner]);
    expect(Math.abs((cosignature?.seconds ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expect(await post(witness.url, await submission(0, 7))).toEqual({ status: 409, type: 'text/x.tlog.size', text: '3\n' });
    expect((await post(witness.url, await submission(3, 7))).status).toBe(200);
    const shown = await fetch(`${witness.url}/${originHash(ORIGIN)}/checkpoint`);
    expect(await shown.text()).toContain(noteAt(7));
    expect((await fetch(`${witness.url}/${originHash('other')}/checkpoint`)).status).toBe(404);
    expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(405);
    expect((await fetch(`${witness.url}/`)).status).toBe(404);
    expect(await witness.stop()).toBe(0);
  }); // prettier-ignore

  it('reads no body that is too long, whether it says so or not, and goes on', async () => {
    expect((await post(witness.url, 'x'.repeat(65_537))).status).toBe(413);
    const endless = request(`${witness.url}/add-checkpoint`, { method: 'POST' });
    endless.on('error', () => undefined);
    const answered = once(endless, 'response') as Promise<[{ statusCode: number }]>;
    for (let sent = 0; sent < 80; sent++) endless.write('old 0\n'.repeat(200));
    expect((await answered)[0].statusCode).toBe(413);
    endless.destroy();
    const silent = connect(Number(new URL(witness.url).port), '127.0.0.1');
    silent.write('POST /add-checkpoint HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nol');
    expect((await post(witness.url, await submission(0, 3))).status).toBe(200);
    silent.destroy();
  });

  it('killed at any moment, it has kept at least what it answered, and never goes back', async () => {
    let answered = 0;
    let asked = 1;
    for (let kill = 0; kill < 6; kill++) {
      const current = witness;
      const asking = (async () => {
        for (;;) {
          const known = await post(current.url, await submission(0, 1));
          const from = known.status === 409 ? Number(known.text) : 0;
          // The proof that it went on from what it had said before.
          expect(from).toBeGreaterThanOrEqual(answered);
          expect(from).toBeLessThanOrEqual(asked);
          answered = known.status === 200 ? 1 : from;
          asked = Math.max(from + 1, asked);
          if ((await post(current.url, await submission(from, from + 1))).status === 200) answered = from + 1;
        }
      })().catch((error: unknown) => {
        if ((error as Error).name !== 'TypeError') throw error;
      });
      const goal = answered + 3 + kill;
      await waitFor('some cosignatures', () => answered >= goal);
      await current.kill();
      await asking;
      witness = await site.start();
    }
    const home = join(site.directory, 'state', originHash(ORIGIN));
    const { text } = await post(witness.url, await submission(0, 400));
    expect(Number(text)).toBeGreaterThanOrEqual(answered);
    expect((await readdir(home)).length).toBeLessThanOrEqual(4);
  });
});
