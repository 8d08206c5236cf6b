import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { exportOf, verify, verifyArchives, verifyFile } from '../../support/audit-export.js';
import { exchange } from '../../support/exchange.js';
import { monthAgo } from '../../support/old-events.js';
import { waitFor } from '../../support/wait-for.js';
import { RETENTION, RetentionHouse, type OldLog } from '../../support/retention-house.js';

const OLD = 6;

/** `audit verify --archive` alone finds a file that was changed, put in or taken away; leaves everything as it was. */
async function demandArchiveIsChecked(path: string, vkey: string): Promise<void> {
  const directory = dirname(path);
  const [archive, manifest] = [path, join(directory, 'SHA256SUMS')].map((file) => ({
    file,
    content: readFileSync(file),
  }));
  if (archive === undefined || manifest === undefined) throw new Error('no archive');
  expect(await verifyArchives(directory, vkey)).toMatchObject({
    code: 0,
    reports: [{ files: 1, events_proven: OLD, covered: [1, OLD] }],
  });
  const cases: [string, Buffer | null][] = [
    [archive.file, null],
    [archive.file, gzipSync('{}')],
    [join(directory, '7-9.ndjson.gz'), archive.content],
    [manifest.file, null],
    [manifest.file, Buffer.concat([manifest.content, Buffer.from('x\n')])],
    [
      manifest.file,
      Buffer.from(manifest.content.toString().replace(/^./, (digit) => (digit === '0' ? '1' : '0'))),
    ],
  ];
  for (const [file, content] of cases) {
    if (content === null) await rm(file);
    else await writeFile(file, content);
    expect([file, (await verifyArchives(directory, vkey)).code]).toEqual([file, 1]);
    await rm(file, { force: true });
    for (const whole of [archive, manifest]) await writeFile(whole.file, whole.content);
  }
  expect((await verifyArchives(directory, vkey)).code).toBe(0);
  expect((await verifyArchives(join(directory, 'nowhere'), vkey)).code).toBe(2);
}

describe('what has expired is archived before it is dropped', () => {
  let house: RetentionHouse;
  beforeAll(async () => void (house = await RetentionHouse.open()));
  afterAll(() => house.close());

  const anExpiredLog = async (): Promise<OldLog & { all: number[] }> => {
    const log = await house.aLog((sequence) => (sequence <= OLD ? monthAgo(20) : null));
    await log.business.api.put(RETENTION, { months: 12 });
    return { ...log, all: await house.sequences(log.business.id) };
  };
  const purged = async ({ business }: OldLog): Promise<boolean> =>
    (await house.sequences(business.id))[0] === OLD + 1;
  const archiveOf = ({ business }: OldLog): string =>
    join(house.directory, business.id, `1-${OLD}.ndjson.gz`);
  const drops = async ({ business }: OldLog): Promise<unknown[]> =>
    (await business.api.get('/api/v1/audit/events', { action: 'audit.retention_applied' })).body
      .items as unknown[];

  it('in a file of its owner alone that verifies offline, whose every change is found', async () => {
    const log = await anExpiredLog();
    await house.applyUntil(() => purged(log));
    const path = archiveOf(log);
    expect(await house.archives(log.business.id)).toEqual([`1-${OLD}.ndjson.gz`]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await verifyFile(path, log.vkey)).toMatchObject({ code: 0, events: OLD, events_proven: OLD });
    const lines = gunzipSync(await readFile(path))
      .toString()
      .split(/(?<=\n)/);
    for (const tampered of [
      lines.with(3, (lines[3] as string).replace('"outcome":"success"', '"outcome":"failure"')),
      lines.toSpliced(2, 1),
      lines.with(2, lines[3] as string).with(3, lines[2] as string),
      lines.slice(0, -1),
    ])
      expect((await verify(tampered, log.vkey)).code).toBe(1);
    await demandArchiveIsChecked(path, log.vkey);
    await writeFile(path, gzipSync(lines.join('')).subarray(0, -20));
    expect((await verifyFile(path, log.vkey).catch(() => ({ code: 2 }))).code).not.toBe(0);
  });

  it('or it is not dropped, and a metric and the log of the service say so', async () => {
    const log = await anExpiredLog();
    // A file is in the way, for whoever runs this.
    await mkdir(house.directory, { recursive: true });
    await writeFile(join(house.directory, log.business.id), '');
    const applier = await house.startApplier();
    try {
      await waitFor('a failure to be counted', async () => {
        const { text } = await exchange(applier.url, { method: 'GET', path: '/metrics' });
        return Number(/^rescind_audit_retention_failures_total (\d+)/m.exec(text)?.[1]) > 1;
      });
      expect(applier.logs()).toContain('Events of the audit log that have expired could not be dropped');
    } finally {
      await applier.stop();
    }
    expect(await house.sequences(log.business.id)).toEqual(expect.arrayContaining(log.all));
    expect(await drops(log)).toEqual([]);
    expect((await log.business.api.get(RETENTION)).body.dropped_through_sequence).toBe(0);
    await house.applyUntil(() => purged(log), { RESCIND_AUDIT_ARCHIVE_DIR: '' });
    expect((await verify(await exportOf(log.business), log.vkey)).code).toBe(0);
  });

  it('a process that is killed between archive and drop has dropped nothing; the next one does, once', async () => {
    const log = await anExpiredLog();
    const barrier = new pg.Client({ connectionString: house.database.superuserUrl });
    await barrier.connect();
    await barrier.query('BEGIN');
    await barrier.query('SELECT FROM audit_retention WHERE business_id = $1 FOR UPDATE', [log.business.id]);
    const applier = await house.startApplier();
    await waitFor('the archive', () => stat(archiveOf(log)));
    await applier.kill('SIGKILL');
    await barrier.query('ROLLBACK');
    await barrier.end();
    expect(await house.sequences(log.business.id)).toEqual(expect.arrayContaining(log.all));
    expect(await drops(log)).toEqual([]);
    // Whatever became of the archive meanwhile, what is dropped is in it.
    await chmod(archiveOf(log), 0o644);
    await writeFile(archiveOf(log), 'nothing');
    await house.applyUntil(() => purged(log));
    expect(await drops(log)).toHaveLength(1);
    expect(await verifyFile(archiveOf(log), log.vkey)).toMatchObject({ code: 0, events: OLD });
    expect(await verify(await exportOf(log.business), log.vkey, [log.checkpoint])).toMatchObject({ code: 0 });
  });

  it('a process that is killed between drop and purge has dropped them for every export; the next one purges', async () => {
    const log = await anExpiredLog();
    const holder = new pg.Client({ connectionString: house.database.superuserUrl });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM audit_events WHERE business_id = $1 AND sequence = 1 FOR UPDATE', [
      log.business.id,
    ]);
    const applier = await house.startApplier();
    await waitFor('the drop', async () => (await drops(log)).length > 0);
    await applier.kill('SIGKILL');
    expect(await house.sequences(log.business.id)).toEqual(expect.arrayContaining(log.all));
    const whole = { code: 0, failures: [], dropped: OLD };
    expect(await verify(await exportOf(log.business), log.vkey, [log.checkpoint])).toMatchObject(whole);
    await holder.query('ROLLBACK');
    await holder.end();
    await house.applyUntil(() => purged(log));
    expect(await drops(log)).toHaveLength(1);
    expect(await verify(await exportOf(log.business), log.vkey, [log.checkpoint])).toMatchObject(whole);
  });

  it('several processes drop it once', async () => {
    const logs = [await anExpiredLog(), await anExpiredLog()];
    const appliers = await Promise.all([1, 2, 3].map(() => house.startApplier()));
    try {
      for (const log of logs) await waitFor('retention to be applied', () => purged(log));
    } finally {
      await Promise.all(appliers.map((applier) => applier.stop()));
    }
    for (const log of logs) {
      expect(await drops(log)).toHaveLength(1);
      expect(await verify(await exportOf(log.business), log.vkey, [log.checkpoint])).toMatchObject({
        code: 0,
        dropped: OLD,
      });
    }
  });
});
