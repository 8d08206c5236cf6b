import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { openAnchor, type Anchored } from '../../../src/log-format/anchor-format.js';
import { rescind } from '../../cli/rescind-command.js';
import { exportOf } from '../../support/audit-export.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, anIdentity, aToken, platform, type TestBusiness } from '../../support/factories.js';
import type { RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { aPolicy, platformVkey, startWitnessed, type PolicyFile } from './cosigned-log.js';
import { aWitnessSite, type WitnessProcess, type WitnessSite } from './witness-process.js';

describe('the checkpoints of businesses', () => {
  let database: TestDatabase;
  let site: WitnessSite;
  let witness: WitnessProcess;
  let policy: PolicyFile;
  let app: RescindProcess;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rescind-anchor-'));
    database = await freshDatabase();
    site = await aWitnessSite('witness.example/w1', [platformVkey()]);
    witness = await site.start();
    policy = await aPolicy([witness], 1);
    app = await startWitnessed(database.url, policy, { RESCIND_ANCHOR_MS: '500' });
  });
  afterAll(async () => {
    await app.kill();
    await witness.kill();
    await Promise.all([site.remove(), policy.remove(), rm(directory, { recursive: true, force: true })]);
    await database.drop();
  });

  const vkeyOf = async ({ api }: TestBusiness): Promise<string> => (await api.get('/api/v1/audit/key')).body.vkey as string;
  const anchorOf = async (business: TestBusiness): Promise<{ text: string; anchored: Anchored }> => {
    const { status, body } = await business.api.get('/api/v1/audit/anchor');
    if (status !== 200) throw new Error(`not anchored: ${status}`);
    const text = JSON.stringify(body);
    const anchored = openAnchor(text, [parseVkey(platformVkey()), parseVkey(await vkeyOf(business))]);
    if (typeof anchored === 'string') throw new Error(anchored);
    return { text, anchored };
  };
  const anchoredAt = (business: TestBusiness, sizeMin: number) =>
    waitFor('the anchor', async () => {
      const found = await anchorOf(business);
      return found.anchored.checkpoint.size >= sizeMin && found;
    });
  const sizeOf = async ({ api }: TestBusiness): Promise<number> =>
    Number((await api.get<string>('/api/v1/audit/checkpoint')).body.split('\n')[1]);
  const events = async (): Promise<{ details: { logs: number } }[]> =>
    (await (await platform(app.url)).get('/api/v1/admin/audit/events', { business_id: 'platform', action: 'checkpoint.anchored' })).body.items as { details: { logs: number } }[];

  it('are in the log of the platform, many in one event, and each business proves its own', async () => {
    const businesses = [];
    for (let i = 0; i < 5; i++) businesses.push(await aBusiness({ url: app.url }));
    for (const business of businesses) {
      await aToken(business);
      const { anchored } = await anchoredAt(business, await sizeOf(business));
      expect(anchored.platform.origin).toBe('rescind/platform');
    }
    const recorded = await events();
    expect(recorded.reduce((sum, { details }) => sum + details.logs, 0)).toBeGreaterThanOrEqual(5);
    // What does not grow is not anchored again, and the log of the platform does not anchor itself.
    const before = recorded.length;
    const [grown] = businesses as [TestBusiness, ...TestBusiness[]];
    // By one event: two may be anchored one after the other.
    await anIdentity(grown);
    await anchoredAt(grown, await sizeOf(grown));
    const after = await events();
    expect([after.length, after[0]?.details.logs]).toEqual([before + 1, 1]);
  });

  it('are verified offline, with the witness of the platform, and so is an export', async () => {
    const business = await aBusiness({ url: app.url });
    await aToken(business);
    const { anchored } = await anchoredAt(business, await sizeOf(business));
    const file = (name: string): string => join(directory, name);
    const args = ['--public-key', await vkeyOf(business), '--policy', policy.path];
    const outcome = await waitFor('the cosignature', async () => {
      await writeFile(file('anchor'), (await anchorOf(business)).text);
      const ended = await rescind(['audit', 'verify', '--anchor', file('anchor'), ...args]).ended;
      return ended.code === 0 && ended;
    });
    expect(outcome.stdout).toContain(`anchored    ${anchored.checkpoint.size} events`);
    expect(outcome.stdout).toMatch(/cosigned {4}\d+ events by w0, at 20/);
    await writeFile(file('export'), (await exportOf(business)).join(''));
    const exported = await rescind(['audit', 'verify', '--export', file('export'), '--anchor', file('anchor'), ...args]).ended;
    expect(exported.stdout).toContain('VERIFIED');
    expect(exported.code).toBe(0);
    const without = await rescind(['audit', 'verify', '--export', file('export'), ...args]).ended;
    expect([without.code, without.stdout]).toEqual([1, expect.stringContaining('no_quorum')]);
  });

  it('are not answered from a row that was changed, which is found; one that is gone is made again', async () => {
    const business = await aBusiness({ url: app.url });
    await anchoredAt(business, 1);
    await sql(database.superuserUrl, 'DELETE FROM audit_anchors WHERE business_id = $1', [business.id]);
    await anchoredAt(business, 1);
    await sql(database.superuserUrl, 'UPDATE audit_anchors SET leaf_index = leaf_index + 1 WHERE business_id = $1', [business.id]);
    expect((await business.api.get('/api/v1/audit/anchor')).status).toBe(503);
    await waitFor('the alarm', () => app.logs().includes('anchor_changed'));
  });

  it('of a business that nobody has anchored yet are not there', async () => {
    const other = await startWitnessed(database.url, policy, { RESCIND_ANCHOR_MS: '0' });
    try {
      const ended = await app.stop();
      expect(ended.code).toBe(0);
      const business = await aBusiness({ url: other.url });
      expect((await business.api.get('/api/v1/audit/anchor')).status).toBe(404);
    } finally {
      await other.kill();
    }
  });
}); // prettier-ignore
