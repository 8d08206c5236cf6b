import { rescind } from '../cli/rescind-command.js';
import { copyOf, ownerUrlOf, sql, type TestDatabase } from '../support/databases.js';
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

  it('that has no proof of one token refuses that token alone, whatever the setting was', async () => {
    const database = await copy();
    const first = await start(database, { env: ADOPTING });
    await adopted(database);
    await first.stop();
    await sql(
      database.superuserUrl,
      `UPDATE tokens SET mac = NULL WHERE id = (SELECT id FROM tokens WHERE business_id IS NOT NULL ORDER BY id LIMIT 1)`,
    );
    const second = await start(database);
    expect(await refused(second)).toBe(1);
  });
});
