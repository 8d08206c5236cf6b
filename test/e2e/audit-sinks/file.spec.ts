import { appendFile, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

describe('a file sink', () => {
  let database: TestDatabase;
  let directory: string;
  let app: RescindProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    directory = await mkdtemp(join(tmpdir(), 'rescind-sink-file-'));
    app = await start();
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const start = (): Promise<RescindProcess> =>
    startRescind({
      databaseUrl: database.url,
      env: {
        RESCIND_AUDIT_SINKS: JSON.stringify([
          { name: 'whole', type: 'file', path: join(directory, 'whole', 'audit.ndjson') },
          {
            name: 'small',
            type: 'file',
            path: join(directory, 'small', 'audit.ndjson'),
            max_bytes: 2048,
            files: 3,
          },
          { name: 'late', type: 'file', path: join(directory, 'late', 'audit.ndjson'), from: 'now' },
        ]),
      },
    });
  const act = async (): Promise<void> => {
    const business = await aBusiness({ url: app.url });
    for (let i = 0; i < 3; i += 1) await aToken(business);
  };
  const idsIn = async (...path: string[]): Promise<string[]> =>
    (await readFile(join(directory, ...path), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { id: string }).id);
  const hasAll = async (read: () => Promise<string[]>): Promise<boolean> => {
    const there = new Set(await read());
    return (await sql<{ id: string }>(database.url, 'SELECT id FROM audit_events')).every(({ id }) =>
      there.has(id),
    );
  };
  const isWhole = (): Promise<boolean> => hasAll(() => idsIn('whole', 'audit.ndjson'));

  it('is a line for each event, readable by its owner alone', async () => {
    await act();
    await waitFor('all events', isWhole);
    expect((await stat(join(directory, 'whole', 'audit.ndjson'))).mode & 0o777).toBe(0o600);
  });

  it('that is put aside by somebody else is begun anew, with nothing lost', async () => {
    const path = join(directory, 'whole', 'audit.ndjson');
    await rename(path, `${path}.aside`);
    await act();
    await waitFor('all events in both', () =>
      hasAll(async () => [
        ...(await idsIn('whole', 'audit.ndjson.aside')),
        ...(await idsIn('whole', 'audit.ndjson')),
      ]),
    );
    await rename(`${path}.aside`, path);
  });

  it('is put aside when it is full, and only so many are kept', async () => {
    await waitFor('files put aside', async () => {
      await act();
      return (await readdir(join(directory, 'small'))).length === 4;
    });
    await act();
    const names = (await readdir(join(directory, 'small'))).sort();
    expect(names.filter((name) => !/^audit\.ndjson(\.[123])?$/.test(name))).toEqual([]);
  });

  it('loses the part of a line that a killed process left, and no event', async () => {
    await app.kill();
    await appendFile(join(directory, 'whole', 'audit.ndjson'), '{"action":"token.iss');
    app = await start();
    await act();
    await waitFor('a file of whole lines with all events since', async () => {
      const business = await sql<{ id: string }>(
        database.url,
        'SELECT id FROM audit_events WHERE business_id = (SELECT id FROM businesses ORDER BY created_at DESC LIMIT 1)',
      );
      const there = new Set(await idsIn('whole', 'audit.ndjson'));
      return business.length > 0 && business.every(({ id }) => there.has(id));
    });
  });

  it('that begins now has nothing from before it was known', async () => {
    const [first] = await sql<{ id: string }>(
      database.url,
      `SELECT id FROM audit_events WHERE business_id = '00000000-0000-0000-0000-000000000000' ORDER BY sequence LIMIT 1`,
    );
    await act();
    // Read once: a second look may see half of the next line.
    const there = await waitFor('an event', async () => {
      const ids = await idsIn('late', 'audit.ndjson');
      return ids.length > 0 && ids;
    });
    expect(there).not.toContain(first?.id);
  });
});
