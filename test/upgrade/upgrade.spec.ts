import { rescind } from '../cli/rescind-command.js';
import { copyOf, ownerUrlOf, serviceUrlOf, sql, type TestDatabase } from '../support/databases.js';
import { exchange } from '../support/exchange.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { noteSecret, platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { builtAt, RELEASED } from './earlier-version.js';

const TOKENS = 20;
const ADOPTING = { RESCIND_AUDIT_ADOPT: 'true' };
const COMMIT = process.env.UPGRADE_FROM ?? RELEASED;

interface Answer {
  status: number;
  body: { id: string; token: string };
}

/** Of whatever version: its answers are not those of this version's documents. */
async function call(
  { url }: { url: string },
  [method, path]: [string, string],
  { body, business, secret = platformSecret() }: { body?: unknown; business?: string; secret?: string } = {},
): Promise<Answer> {
  const headers: [string, string][] = [['authorization', `Bearer ${secret}`]];
  if (body !== undefined) headers.push(['content-type', 'application/json']);
  if (business !== undefined) headers.push(['x-business-id', business]);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await exchange(url, { method, path, headers, body: text });
  return { status: answer.status, body: JSON.parse(answer.text) as Answer['body'] };
}

describe(`a database of ${COMMIT}`, () => {
  const program = builtAt(COMMIT);
  const copies: TestDatabase[] = [];
  const running = new Set<RescindProcess>();
  const issued: string[] = [];
  let business: string;

  const start = async (
    database: TestDatabase,
    settings: { program?: string; env?: Record<string, string> } = {},
  ): Promise<RescindProcess> => {
    // Before 0.2 the service owned its schema.
    const asOwner = settings.program !== undefined && COMMIT !== RELEASED;
    const env = { ...settings.env, ...(asOwner ? { DATABASE_URL: ownerUrlOf(database.url) } : {}) };
    const started = await startRescind({ databaseUrl: database.url, ...settings, env });
    running.add(started);
    return started;
  };
  const issue = async (by: RescindProcess): Promise<Answer> =>
    call(by, ['POST', '/api/v1/tokens'], {
      business,
      body: { name: 'an integration', scopes: ['rescind:tokens:read'] },
    });
  /** How many of the tokens, the platform's among them, are refused. */
  const refused = async (by: RescindProcess, secrets: readonly string[] = issued): Promise<number> => {
    const { status } = await call(by, ['GET', '/api/v1/admin/businesses']);
    const statuses = await Promise.all(
      secrets.map(async (secret) => (await call(by, ['GET', '/api/v1/tokens'], { business, secret })).status),
    );
    return [status, ...statuses].filter((each) => each !== 200).length;
  };
  const copy = async (): Promise<TestDatabase> => {
    const [first] = copies as [TestDatabase, ...TestDatabase[]];
    const made = await copyOf(new URL(first.url).pathname.slice(1));
    copies.push(made);
    return made;
  };
  const adopted = async (database: TestDatabase): Promise<unknown> =>
    waitFor('the event of the adoption', async () => {
      const [event] = await sql<{ details: unknown }>(
        database.superuserUrl,
        `SELECT details FROM audit_events WHERE action = 'integrity.adopted'`,
      );
      return event?.details;
    });
  const settingsOf = ({ url }: TestDatabase): Record<string, string> => ({
    ...{ DATABASE_URL: serviceUrlOf(url), RESCIND_MIGRATE_URL: ownerUrlOf(url) },
    RESCIND_AUDIT_RETENTION_DELAY_DAYS: '0',
  });
  const unproven = async ({ superuserUrl }: TestDatabase): Promise<number> =>
    (await sql(superuserUrl, 'SELECT FROM tokens WHERE mac IS NULL')).length;
  const schema = async (database: TestDatabase): Promise<unknown[]> =>
    sql(database.superuserUrl, 'SELECT name FROM migrations ORDER BY id');

  beforeAll(async () => {
    const database = await copyOf('template1');
    copies.push(database);
    const old = await start(database, { program });
    await old.ready();
    business = (await call(old, ['POST', '/api/v1/admin/businesses'], { body: { name: 'Acme' } })).body.id;
    for (let index = 0; index < TOKENS; index++) {
      const { status, body } = await issue(old);
      expect(status).toBe(201);
      noteSecret(body.token);
      issued.push(body.token);
    }
    expect(await refused(old)).toBe(0);
    await old.stop();
  });
  afterEach(async () => {
    for (const each of running) await each.stop();
    running.clear();
  });
  afterAll(async () => {
    for (const each of copies) await each.drop();
  });

  it('is adopted by a start with the setting, and works on without it', async () => {
    const database = await copy();
    const first = await start(database, { env: ADOPTING });
    await first.ready();
    expect(await refused(first)).toBe(0);
    expect(await adopted(database)).toMatchObject({ tokens: TOKENS + 1 });
    await first.stop();
    const second = await start(database, { env: { RESCIND_AUDIT_SAMPLE_ROWS: '100' } });
    await second.ready();
    expect(await refused(second)).toBe(0);
    expect((await issue(second)).status).toBe(201);
    expect(await sql(database.superuserUrl, 'SELECT * FROM integrity_faults')).toEqual([]);
    await second.ready();
  });

  it('is not touched by a start without the setting, which says the way out; nor served by one before all is adopted', async () => {
    const database = await copy();
    const before = await schema(database);
    await expect(start(database)).rejects.toThrow(
      /is of an earlier version.*nothing was changed.*RESCIND_AUDIT_ADOPT=true/,
    );
    expect(await schema(database)).toEqual(before);
    const env = { RESCIND_MIGRATE_URL: ownerUrlOf(database.url), RESCIND_AUDIT_RETENTION_DELAY_DAYS: '0' };
    expect(await rescind(['migrate'], env).ended).toMatchObject({ code: 1 });
    expect(await schema(database)).toEqual(before);
    // Migrated, and not adopted yet.
    expect(await rescind(['migrate'], { ...env, ...ADOPTING }).ended).toMatchObject({ code: 0 });
    await expect(start(database)).rejects.toThrow(/is of an earlier version/);
    const right = await start(database, { env: ADOPTING });
    await right.ready();
    expect(await refused(right)).toBe(0);
    await adopted(database);
  });

  it('beside the old version serves all tokens, while the old one refuses every token from then on', async () => {
    const database = await copy();
    const old = await start(database, { program });
    await old.ready();
    const now = await start(database, { env: ADOPTING });
    await now.ready();
    expect([await refused(now), await refused(old)]).toEqual([0, TOKENS + 1]);
    expect((await issue(old)).status).toBe(401);
    await now.stop();
    expect(await refused(old)).toBe(TOKENS + 1);
  });

  it('goes back by its backup alone: on the migrated database the old version does not start, or refuses every token', async () => {
    const [database, backup] = [await copy(), await copy()];
    const now = await start(database, { env: ADOPTING });
    await adopted(database);
    await now.stop();
    const served = await start(database, { program }).then(refused, () => 'does not start');
    expect(['does not start', TOKENS + 1]).toContain(served);
    const restored = await start(backup, { program });
    await restored.ready();
    expect(await refused(restored)).toBe(0);
    expect((await issue(restored)).status).toBe(201);
  });

  it('that has no proof of one token refuses that token alone, whatever the setting is', async () => {
    const database = await copy();
    const first = await start(database, { env: ADOPTING });
    await adopted(database);
    await first.stop();
    await sql(
      database.superuserUrl,
      `UPDATE tokens SET mac = NULL WHERE id = (SELECT id FROM tokens WHERE business_id IS NOT NULL ORDER BY id LIMIT 1)`,
    );
    for (const env of [{}, ADOPTING]) {
      const later = await start(database, { env });
      expect(await refused(later)).toBe(1);
      await later.ready();
      expect(await unproven(database)).toBe(1);
      await later.stop();
    }
  });

  it('that a version without this check was started on is given back by one command, which says first how much it adopts', async () => {
    const database = await copy();
    const env = settingsOf(database);
    expect(await rescind(['audit', 'adopt', '--yes'], env, true).ended).toMatchObject({ code: 1 });
    expect(await rescind(['migrate'], { ...env, ...ADOPTING }).ended).toMatchObject({ code: 0 });
    await sql(database.superuserUrl, 'DELETE FROM adoption');
    const wrong = await start(database);
    expect(await refused(wrong)).toBe(TOKENS + 1);
    await waitFor('its faults', async () => {
      const open = await sql(database.superuserUrl, 'SELECT FROM integrity_faults WHERE cleared_at IS NULL');
      return open.length > 0 || undefined;
    });
    await wrong.stop();
    // As if it had been put there since that start.
    const [invented] = await sql<{ id: string }>(
      database.superuserUrl,
      `UPDATE tokens SET created_at = now() WHERE id = (SELECT id FROM tokens WHERE business_id IS NOT NULL ORDER BY id LIMIT 1) RETURNING id`,
    );
    // What was found of something else, and would not be found again.
    const others = await sql<{ subject: string }>(
      database.superuserUrl,
      `INSERT INTO integrity_faults (business_id, fault, subject)
       SELECT business_id, 'receipt_differs', id::text FROM tokens WHERE business_id IS NOT NULL AND id <> $1 RETURNING subject`,
      [invented?.id],
    );
    const asked = await rescind(['audit', 'adopt'], env, true).ended;
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringMatching(/^20 tokens and [1-9]\d* logs of before 20/m) as string }); // prettier-ignore
    expect(await unproven(database)).toBe(TOKENS + 1);
    const done = await rescind(['audit', 'adopt', '--yes'], env, true).ended;
    expect(done).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Database .*^Adopted; [1-9]\d* faults cleared/ms) as string }); // prettier-ignore
    expect(await adopted(database)).toMatchObject({ tokens: TOKENS });
    const right = await start(database);
    await right.ready();
    expect(await refused(right)).toBe(1);
    expect((await issue(right)).status).toBe(201);
    const open = await sql(
      database.superuserUrl,
      'SELECT DISTINCT subject FROM integrity_faults WHERE cleared_at IS NULL',
    );
    const stay = [invented?.id, ...others.map(({ subject }) => subject)];
    expect(open.map(({ subject }) => subject).sort()).toEqual(stay.sort());
    expect(await rescind(['audit', 'adopt', '--yes'], env, true).ended).toMatchObject({ code: 1 });
  });
});
