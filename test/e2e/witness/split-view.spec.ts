import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { originHash } from '../../../packages/witness/src/witness-state.js';
import { exchange } from '../../support/exchange.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import type { RescindProcess } from '../../support/rescind-process.js';
import { testRun } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import {
  aPolicy,
  cosignedBy,
  growthOf,
  happening,
  metric,
  platformVkey,
  startWitnessed,
  type PolicyFile,
} from './cosigned-log.js';
import { aWitnessSite, type WitnessProcess, type WitnessSite } from './witness-process.js'; // prettier-ignore

const SUMMARY = 'rescind_audit_witness_failures_total{witness="w0"}';

describe('two histories under one key', () => {
  let one: TestDatabase;
  let copy: string;
  let site: WitnessSite;
  let witness: WitnessProcess;
  let policy: PolicyFile;
  const running: RescindProcess[] = [];

  const start = async (url: string): Promise<RescindProcess> => {
    const app = await startWitnessed(url, policy);
    running.push(app);
    return app;
  };

  beforeEach(async () => {
    one = await freshDatabase();
    site = await aWitnessSite('witness.example/w1', [platformVkey()]);
    witness = await site.start();
    policy = await aPolicy([witness], 1);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.kill()));
    await witness.kill();
    await Promise.all([site.remove(), policy.remove()]);
    await one.drop();
    const superuser = Object.assign(new URL(testRun().postgresUrl), { username: 'postgres' });
    await sql(superuser.href, `DROP DATABASE IF EXISTS ${new URL(copy).pathname.slice(1)} WITH (FORCE)`);
  });

  /** What the platform's log of a database says of witnesses that refused. */
  const refusals = async (url: string): Promise<{ details: Record<string, unknown>; outcome: string }[]> => {
    const superuser = Object.assign(new URL(url), { username: 'postgres' });
    return sql(
      superuser.href,
      `SELECT details, outcome FROM audit_events WHERE action = 'checkpoint.refused' ORDER BY sequence`,
    );
  };

  /** The database as it is now, once more. */
  const copied = async (): Promise<void> => {
    const name = new URL(one.url).pathname.slice(1);
    await sql(testRun().postgresUrl, `CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
    copy = Object.assign(new URL(one.url), { pathname: `/${name}_copy` }).href;
  };

  it('after they have parted, only one is cosigned, whichever is longer, and the other says so', async () => {
    const before = await start(one.url);
    await growthOf(before, policy);
    const common = (await cosignedBy(before, policy))?.size ?? 0;
    await before.stop();
    await copied();
    const shown = await start(one.url);
    await growthOf(shown, policy);
    const hidden = await start(copy);
    for (let i = 0; i < 5; i++) await happening(hidden);
    await waitFor('the refusal', async () => ((await metric(hidden, SUMMARY)) ?? 0) > 0);
    await waitFor('the error', () => /"level":50.*two histories/.test(hidden.logs()));
    expect((await cosignedBy(hidden, policy))?.size).toBeLessThanOrEqual(common + 2);
    const size = (await cosignedBy(hidden, policy))?.size ?? 0;
    await happening(hidden);
    await growthOf(shown, policy);
    await growthOf(shown, policy);
    // What the hidden one shows with a quorum is what both have in common; it goes no further.
    expect((await cosignedBy(hidden, policy))?.size ?? 0).toBe(size);
    // It was refused again and again, and again by another process; the log says so once.
    const again = (await metric(hidden, SUMMARY)) ?? 0;
    await waitFor('another refusal', async () => ((await metric(hidden, SUMMARY)) ?? 0) > again);
    await hidden.stop();
    const next = await start(copy);
    await waitFor('the refusal', async () => ((await metric(next, SUMMARY)) ?? 0) > 0);
    await waitFor('the error', () => /"level":50.*two histories/.test(next.logs()));
    await happening(next);
    const more = (await metric(next, SUMMARY)) ?? 0;
    await waitFor('another refusal', async () => ((await metric(next, SUMMARY)) ?? 0) > more);
    const refused = await refusals(copy);
    // Asked while its log was still the shorter one, it was refused for that first: each reason is said once.
    const reasons = refused.map(({ details }) => details.reason);
    expect([['inconsistent'], ['ahead', 'inconsistent']]).toContainEqual(reasons);
    for (const { outcome, details } of refused)
      expect([outcome, details.witness, typeof details.size]).toEqual(['failure', witness.vkey, 'number']);
    expect(refused.at(-1)!.details.size).toBeGreaterThan(common);
    expect(await refusals(one.url)).toEqual([]);
    expect(witness.said()).toContain('REFUSED rescind/platform');
    const evidence = await readdir(join(site.directory, 'state', originHash('rescind/platform'), 'refused'));
    expect(evidence.length).toBeGreaterThan(0);
    const { status } = await exchange(next.url, { method: 'GET', path: '/health/ready' });
    expect(status).toBe(200);
  });

  it('a log that was put back gets no quorum, though it is asked for it', async () => {
    const before = await start(one.url);
    await growthOf(before, policy);
    await before.stop();
    await copied();
    const later = await start(one.url);
    for (let i = 0; i < 4; i++) await growthOf(later, policy);
    const known = (await cosignedBy(later, policy))?.size ?? 0;
    await later.kill();
    const restored = await start(copy);
    await waitFor('the error', () => /"level":50.*a longer log/.test(restored.logs()));
    expect((await cosignedBy(restored, policy))?.size ?? 0).toBeLessThan(known);
    await waitFor('the event', async () => (await refusals(copy)).length > 0);
    for (let i = 0; i < 8; i++) await happening(restored);
    await waitFor('the other error', () => /"level":50.*two histories/.test(restored.logs()));
    await waitFor('the other event', async () => (await refusals(copy)).length > 1);
    expect((await refusals(copy)).map(({ details }) => details.reason)).toEqual(['ahead', 'inconsistent']);
    expect((await cosignedBy(restored, policy))?.size ?? 0).toBeLessThan(known);
  });
});
