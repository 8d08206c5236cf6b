import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXCESS } from '../../../src/database/service-user.js';
import { freshDatabase, ownerUrlOf, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness } from '../../support/factories.js';
import { startRescind } from '../../support/rescind-process.js';
import { runDirectory } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { rescind } from '../../cli/rescind-command.js';

describe('starting with the users of the database', () => {
  let database: TestDatabase;
  const roles: string[] = [];

  beforeEach(async () => void (database = await freshDatabase()));
  afterEach(async () => {
    for (const role of roles.splice(0)) {
      await sql(database.superuserUrl, `DROP OWNED BY ${role} CASCADE`);
      await sql(database.superuserUrl, `DROP ROLE ${role}`);
    }
    await database.drop();
  });

  const a = async (kind: string, options: string): Promise<string> => {
    const name = `${kind}_${randomBytes(4).toString('hex')}`;
    if (options !== '') await sql(database.superuserUrl, `CREATE ROLE ${name} ${options}`);
    roles.push(name);
    return name;
  };
  const urlAs = (username: string, password: string): string =>
    Object.assign(new URL(database.url), { username, password }).href;
  const emptied = (): Promise<unknown> =>
    sql(
      database.superuserUrl,
      'DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner',
    );
  const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

  it.each([
    ['the owner of the schema', 'owns the schema', () => ownerUrlOf(database.url)],
    ['a superuser', 'is a superuser', () => database.superuserUrl],
  ])('as %s alone: says so, shows it to those who watch, and takes on the role', async (_, excess, url) => {
    const app = await startRescind({
      databaseUrl: database.url,
      env: { DATABASE_URL: url(), RESCIND_MIGRATE_URL: '' },
    });
    try {
      expect(app.logs()).toContain(`The user of DATABASE_URL ${excess}, so SQL that is injected`);
      await app.ready();
      const { status, text } = await exchange(app.url, { method: 'GET', path: '/health/ready' });
      expect([status, JSON.parse(text)]).toMatchObject([
        200,
        { privileges: { status: 'down', detail: expect.stringContaining('DATABASE_URL') as string } },
      ]);
      await sql(
        database.superuserUrl,
        `CREATE TABLE seen (who text); GRANT INSERT ON seen TO PUBLIC;
         CREATE FUNCTION note_role() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (current_user); RETURN NEW; END $$;
         CREATE TRIGGER note_role AFTER INSERT ON businesses FOR EACH ROW EXECUTE FUNCTION note_role()`,
      );
      await aBusiness({ url: app.url });
      expect(await sql(database.superuserUrl, 'SELECT who FROM seen')).toEqual([{ who: 'rescind_app' }]);
    } finally {
      await app.stop();
    }
  });

  it('as a user that owns nothing: says nothing, and watchers see that all is well', async () => {
    const app = await startRescind({ databaseUrl: database.url });
    try {
      expect(app.logs()).not.toContain('injected');
      const { text } = await exchange(app.url, { method: 'GET', path: '/health/ready' });
      expect(JSON.parse(text)).toMatchObject({ privileges: { status: 'up', detail: null } });
    } finally {
      await app.stop();
    }
  });

  it.each([
    ['may create roles', 'CREATEROLE'],
    ['is a member of the owner', 'IN ROLE rescind'],
    ['writes all data', 'IN ROLE pg_write_all_data'],
    ['replicates', 'REPLICATION'],
    ['ignores policies', 'BYPASSRLS'],
  ])('a user that %s is told apart from one that may do no more than it needs', async (_, options) => {
    const name = await a('greedy', `LOGIN PASSWORD 'x' ${options}`);
    await sql(database.superuserUrl, `GRANT rescind_app TO ${name}`);
    const [row] = await sql<{ excess: string | null }>(urlAs(name, 'x'), EXCESS);
    expect(row?.excess).toEqual(expect.any(String));
  });

  it('a user that is missing is made by the start that migrates, without its password in a statement', async () => {
    await emptied();
    const name = await a('newcomer', '');
    const password = randomBytes(12).toString('hex');
    // The server writes down every statement, as many do.
    await sql(
      database.superuserUrl,
      `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET log_statement = 'all'`,
    );
    const settings = { DATABASE_URL: urlAs(name, password), RESCIND_MIGRATE_URL: database.url };
    const { code, stderr } = await rescind(['migrate'], settings).ended;
    expect({ code, last: lastLine(stderr) }).toEqual({ code: 0, last: 'The database schema is up to date.' });
    expect(await sql(settings.DATABASE_URL, `SELECT count(*)::int FROM tokens`)).toEqual([{ count: 0 }]);
    await expect(sql(urlAs(name, 'guess'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const log = readFileSync(join(runDirectory(), 'data', 'postgres.log'), 'utf8');
    expect(log).toContain(`CREATE ROLE "${name}"`);
    expect(log).not.toContain(password);
  });

  it('an owner that may make no user says what somebody else has to do, and after that all is well', async () => {
    await emptied();
    const owner = await a('owner', `LOGIN PASSWORD 'x'`);
    await sql(database.superuserUrl, `ALTER SCHEMA public OWNER TO ${owner}`);
    const name = await a('service', '');
    const settings = { DATABASE_URL: urlAs(name, 'y'), RESCIND_MIGRATE_URL: urlAs(owner, 'x') };
    const refused = await rescind(['migrate'], settings).ended;
    expect(refused.code).toBe(1);
    const said =
      /run (CREATE ROLE .*; GRANT .*) as somebody who may\.$/.exec(lastLine(refused.stderr))?.[1] ?? '';
    await sql(database.superuserUrl, said.replace('…', 'y'));
    expect((await rescind(['migrate'], settings).ended).code).toBe(0);
    expect(await sql(settings.DATABASE_URL, `SELECT count(*)::int FROM tokens`)).toEqual([{ count: 0 }]);
  });

  it('without the address of the owner: serves what is migrated, and refuses what is not', async () => {
    const alone = { DATABASE_URL: serviceUrlOf(database.url), RESCIND_MIGRATE_URL: '' };
    const app = await startRescind({ databaseUrl: database.url });
    await app.stop();
    await (await startRescind({ databaseUrl: database.url, env: alone })).stop();
    const strict = await rescind(['serve'], { ...alone, RESCIND_AUDIT_PRESET: 'pci' }, true).ended;
    expect([strict.code, lastLine(strict.stderr)]).toEqual([
      1,
      expect.stringContaining('expire after 1 months, and the settings ask for 12'),
    ]);
    await sql(database.superuserUrl, 'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)');
    const stale = await rescind(['serve'], alone, true).ended;
    expect([stale.code, lastLine(stale.stderr)]).toEqual([
      1,
      expect.stringContaining('run `rescind migrate` with RESCIND_MIGRATE_URL'),
    ]);
    await emptied();
    const empty = await rescind(['serve'], alone, true).ended;
    expect([empty.code, lastLine(empty.stderr)]).toEqual([
      1,
      expect.stringContaining('run `rescind migrate` with RESCIND_MIGRATE_URL'),
    ]);
  });

  it('a history that no release has made is refused in one sentence, and nothing is changed', async () => {
    const settings = {
      RESCIND_MIGRATE_URL: ownerUrlOf(database.url),
      DATABASE_URL: serviceUrlOf(database.url),
    };
    expect((await rescind(['migrate'], settings).ended).code).toBe(0);
    await sql(
      database.superuserUrl,
      `UPDATE migrations SET name = 'CutOffs1764000950000' WHERE id = (SELECT max(id) FROM migrations)`,
    );
    const { code, stderr } = await rescind(['migrate'], settings, true).ended;
    expect([code, lastLine(stderr)]).toEqual([
      1,
      expect.stringMatching(
        /version between two releases \(CutOffs1764000950000 .*nothing was changed.*restore/,
      ),
    ]);
    await emptied();
  });

  it('the address of the owner is enough to migrate, and not to serve', async () => {
    await emptied();
    const settings = { RESCIND_MIGRATE_URL: ownerUrlOf(database.url) };
    expect((await rescind(['migrate'], settings).ended).code).toBe(0);
    const { code, stderr } = await rescind(['serve'], settings, true).ended;
    expect([code, lastLine(stderr)]).toEqual([
      1,
      'rescind: DATABASE_URL must be set beside RESCIND_MIGRATE_URL.',
    ]);
  });

  it('the embedded database is used by such a user as well', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rescind-embedded-'));
    chmodSync(directory, 0o711);
    const app = await startRescind({ databaseUrl: '', env: { RESCIND_DATA_DIR: directory } });
    try {
      const password = readFileSync(join(directory, 'postgres-password'), 'utf8').trim();
      const port = readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3];
      const urlOf = (user: string): string => `postgres://${user}:${password}@127.0.0.1:${port}/rescind`;
      // The session that made the schema may still be ending.
      const users = await waitFor('sessions of one user', async () => {
        const seen = await sql(
          urlOf('postgres'),
          `SELECT DISTINCT usename AS name, rolsuper OR rolcreaterole OR rolcreatedb AS more FROM pg_stat_activity JOIN pg_roles ON rolname = usename
           WHERE application_name LIKE 'rescind%'`,
        );
        return seen.length === 1 && seen;
      });
      expect(users).toEqual([{ name: 'rescind_service', more: false }]);
      expect(app.logs()).not.toContain('injected');
      await expect(sql(urlOf('rescind_service'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    } finally {
      await app.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
