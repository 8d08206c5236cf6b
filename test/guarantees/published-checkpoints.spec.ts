import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Api } from '../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { aBusiness, aMember, type TestBusiness } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';

const LIMIT_MS = 300_000;
const SEED = 20_260_131;
const PROCESSES = 3;
const KILLS = 5;
const BETWEEN_KILLS_MS_MAX = 700;

/** Mulberry32: the same moments and victims in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 6962 §2.1 over leaf hashes, word for word; independent of the code under test. */
function rootOf(leaves: readonly Buffer[], known: Map<string, Buffer>, from = 0, to = leaves.length): Buffer {
  if (to - from === 1) return leaves[from] as Buffer;
  const key = `${from}-${to}`;
  const middle = from + 2 ** Math.ceil(Math.log2(to - from) - 1);
  const root =
    known.get(key) ??
    sha256(Buffer.of(1), rootOf(leaves, known, from, middle), rootOf(leaves, known, middle, to));
  if (Number.isInteger(Math.log2(to - from))) known.set(key, root);
  return root;
}

/** C2SP signed note, read by hand. */
function open(note: string, vkey: string): { size: number; root: string } {
  const [origin, key = ''] = [vkey.slice(0, vkey.indexOf('+')), vkey.split('+').slice(2).join('+')];
  const split = note.indexOf('\n\n');
  const [text, signature = ''] = [
    note.slice(0, split + 1),
    note
      .slice(split + 2)
      .trim()
      .split(' ')
      .at(-1),
  ];
  const spki = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(key, 'base64').subarray(1),
  ]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  expect(verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64').subarray(4))).toBe(true);
  const [name, size, root] = text.split('\n');
  expect(name).toBe(origin);
  return { size: Number(size), root: root as string };
}

describe('checkpoints of processes that die', () => {
  let database: TestDatabase;
  let directory: string;
  const running = new Set<RescindProcess>();
  const start = async (env: Record<string, string> = {}): Promise<RescindProcess> => {
    const app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_SEAL_MS: '100', RESCIND_CHECKPOINT_DIR: directory, ...env },
    });
    running.add(app);
    return app;
  };

  beforeEach(async () => {
    [database, directory] = [await freshDatabase(), await mkdtemp(join(tmpdir(), 'rescind-checkpoints-'))];
  });
  afterEach(async () => {
    await Promise.all([...running].map((app) => app.kill()));
    running.clear();
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const filesOf = async (business: string): Promise<string[]> =>
    (await readdir(join(directory, business)).catch(() => [])).filter((name) => name.endsWith('.checkpoint'));

  it('a checkpoint that was committed and not published is published by the next start', async () => {
    const first = await start({ RESCIND_CHECKPOINT_DIR: '' });
    const business = await aBusiness({ url: first.url });
    await aMember(business);
    const { body: note } = await business.api.get<string>('/api/v1/audit/checkpoint');
    await first.kill('SIGKILL');
    await start();
    const [name] = await waitFor('the file', async () => {
      const files = await filesOf(business.id);
      return files.length > 0 && files;
    });
    expect(await readFile(join(directory, business.id, name as string), 'utf8')).toBe(note);
  });

  it(
    'never contradict each other, whoever is killed when, and none that was answered is missing',
    async () => {
      const random = seeded(SEED);
      const apps = await Promise.all(Array.from({ length: PROCESSES }, () => start()));
      const urlOf = (): string => (apps[Math.floor(random() * apps.length)] as RescindProcess).url;
      const businesses = [
        await aBusiness({ url: urlOf() }),
        await aBusiness({ url: urlOf() }),
      ] as TestBusiness[];
      const answered = new Map(businesses.map(({ id }) => [id, new Set<string>()]));
      let over = false;
      const lane = async (business: TestBusiness, number: number): Promise<void> => {
        for (let turn = 0; !over; turn += 1) {
          const api = new Api(urlOf(), platformSecret(), business.id);
          const body = { name: 'n', email: `m-${number}-${turn}@example.com`, role: 'developer' };
          await api.post('/api/v1/members', body).catch(() => delay(20));
          if (turn % 3 !== 0) continue;
          const answer = await api.get<string>('/api/v1/audit/checkpoint').catch(() => null);
          if (answer?.status === 200) answered.get(business.id)?.add(answer.body);
        }
      };
      const load = Promise.all(
        businesses.flatMap((business) => [0, 1, 2].map((number) => lane(business, number))),
      );
      const restarted: Promise<unknown>[] = [];
      try {
        for (let kill = 0; kill < KILLS; kill += 1) {
          await delay(random() * BETWEEN_KILLS_MS_MAX);
          const victim = kill % apps.length;
          await restarted[kill - PROCESSES];
          await (apps[victim] as RescindProcess).kill('SIGKILL');
          restarted.push(start().then((app) => (apps[victim] = app)));
        }
        await Promise.all(restarted);
      } finally {
        over = true;
        await load;
      }

      for (const { id } of businesses) {
        const rows = await sql<{ sequence: string; leaf_hash: Buffer }>(
          database.url,
          'SELECT sequence, leaf_hash FROM audit_events WHERE business_id = $1 ORDER BY sequence',
          [id],
        );
        expect(rows.map(({ sequence }) => Number(sequence))).toEqual(rows.map((_, index) => index + 1));
        await waitFor('the last checkpoint', async () =>
          (await filesOf(id)).includes(`${rows.length}.checkpoint`),
        );
        const { vkey } = (
          await new Api((apps[0] as RescindProcess).url, platformSecret(), id).get('/api/v1/audit/key')
        ).body as { vkey: string };
        const leaves = rows.map(({ leaf_hash }) => leaf_hash);
        const known = new Map<string, Buffer>();
        const files = await filesOf(id);
        const published = await Promise.all(files.map((name) => readFile(join(directory, id, name), 'utf8')));
        expect(files.length).toBeGreaterThan(3);
        for (const note of [...published, ...(answered.get(id) as Set<string>)]) {
          const { size, root } = open(note, vkey);
          expect([size, root]).toEqual([size, rootOf(leaves, known, 0, size).toString('base64')]);
        }
        expect(published).toEqual(expect.arrayContaining([...(answered.get(id) as Set<string>)]));
      }
    },
    LIMIT_MS,
  );
});
