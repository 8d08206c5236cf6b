import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { changeSchema, freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { Api } from '../../support/api.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { noteSecret, testRun } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

interface Event {
  action: string;
  actor_kind: string;
  target_kind: string;
  details: Record<string, unknown>;
}

const ACTIONS = /^(service|settings|migrations|pepper|signing_key)\./;

describe('the log of the platform tells', () => {
  let database: TestDatabase;
  let seen = 0;

  beforeEach(async () => {
    database = await freshDatabase();
    seen = 0;
  });
  afterEach(() => database.drop());

  const start = (env: Record<string, string> = {}): Promise<RescindProcess> =>
    startRescind({ databaseUrl: database.url, env });

  /** Those since the last look. */
  async function news(): Promise<Event[]> {
    const events = await sql<Event & { sequence: number }>(
      database.superuserUrl,
      `SELECT sequence::int, action, actor_kind, target_kind, details FROM audit_events
       WHERE business_id = '00000000-0000-0000-0000-000000000000' AND sequence > $1 ORDER BY sequence`,
      [seen],
    );
    seen = events.at(-1)?.sequence ?? seen;
    return events.filter(({ action }) => ACTIONS.test(action));
  }

  it('of each start and stop, and of the migrations that were applied since the start before', async () => {
    const app = await start();
    const [applied, started, ...others] = await news();
    expect(others).toEqual([]);
    expect(applied).toMatchObject({
      action: 'migrations.applied',
      actor_kind: 'system',
      target_kind: 'service',
    });
    expect(applied?.details.migrations).toContain('Foundation1763683200000');
    expect(started).toMatchObject({
      action: 'service.started',
      details: { process: app.pid, worker: null, is_first: true },
    });
    await app.stop();
    expect(await news()).toMatchObject([{ action: 'service.stopped', details: { process: app.pid } }]);
    await sql(
      database.superuserUrl,
      `UPDATE last_start SET value = (value::jsonb - 'Foundation1763683200000')::text WHERE name = 'migrations'`,
    );
    const again = await start();
    expect(await news()).toMatchObject([
      { action: 'migrations.applied', details: { migrations: ['Foundation1763683200000'] } },
      { action: 'service.started', details: { is_first: false } },
    ]);
    await again.kill();
    const third = await start();
    expect((await news()).map(({ action }) => action)).toEqual(['service.started']);
    await third.stop();
  });

  it('which settings are others than at the last start, and of none the value', async () => {
    const token = randomBytes(16).toString('hex');
    noteSecret(token);
    await (await start({ RESCIND_LEASE_MS: '2500' })).stop();
    await news();
    const second = await start({ RESCIND_LEASE_MS: '2600', RESCIND_METRICS_TOKEN: token });
    const [settings, started] = await news();
    expect(settings).toMatchObject({
      action: 'settings.changed',
      details: { names: ['RESCIND_LEASE_MS', 'RESCIND_METRICS_TOKEN'], not_compared: [] },
    });
    expect(started?.action).toBe('service.started');
    await second.stop();
    await news();
    const kept = await sql<{ row: string }>(
      database.superuserUrl,
      'SELECT to_jsonb(l)::text AS row FROM last_start l',
    );
    expect(kept.map(({ row }) => row).join()).not.toContain(token);
    expect(kept.map(({ row }) => row).join()).not.toContain(createHash('sha256').update(token).digest('hex'));
  });

  it('of a new signing key and a new pepper, by their ids', async () => {
    const first = await start();
    const { body } = await new Api(first.url).get('/.well-known/jwks.json');
    const kid = (body as { keys: { kid: string }[] }).keys[0]?.kid as string;
    await first.stop();
    await news();
    const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    const second = await start({
      RESCIND_SIGNING_KEY: key.toString(),
      RESCIND_SIGNING_KEY_RETIRED: kid,
      RESCIND_PEPPER: randomBytes(32).toString('base64'),
      RESCIND_PEPPER_RETIRED: testRun().secrets.RESCIND_PEPPER,
    });
    const events = await news();
    expect(events.map(({ action }) => action)).toEqual([
      'settings.changed',
      'pepper.changed',
      'signing_key.changed',
      'service.started',
    ]);
    const [settings, pepper, signingKey, started] = events;
    // Without the private part of the key that they were digested under.
    expect(settings?.details.not_compared).toContain('RESCIND_LEASE_MS');
    expect(pepper?.details.id_after).toBe(started?.details.pepper);
    expect(pepper?.details.id_before).not.toBe(pepper?.details.id_after);
    expect(signingKey?.details).toEqual({ id_before: kid, id_after: started?.details.signing_key });
    await second.stop();
  });

  it('of every worker, each by itself', async () => {
    const app = await start({ RESCIND_WORKERS: '2' });
    const events: Event[] = [];
    await waitFor('two starts', async () => {
      events.push(...(await news()));
      return events.filter(({ action }) => action === 'service.started').length === 2;
    });
    const workers = events
      .filter(({ action }) => action === 'service.started')
      .map(({ details }) => details.worker);
    expect(workers.sort()).toEqual([1, 2]);
    expect(events.filter(({ action }) => action === 'settings.changed')).toEqual([]);
    await app.stop();
    expect((await news()).map(({ action }) => action)).toEqual(['service.stopped', 'service.stopped']);
  });

  it('of a start that could not be recorded as soon as it can be, and serves meanwhile', async () => {
    await (await start()).stop();
    await changeSchema(
      database.superuserUrl,
      `CREATE FUNCTION refuse_starts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
       CREATE TRIGGER refuse_starts BEFORE INSERT ON audit_events FOR EACH ROW WHEN (NEW.action = 'service.started')
         EXECUTE FUNCTION refuse_starts()`,
    );
    await news();
    const app = await start();
    expect(await news()).toEqual([]);
    await changeSchema(database.superuserUrl, 'DROP FUNCTION refuse_starts() CASCADE');
    await waitFor('the record', async () =>
      (await news()).some(({ action }) => action === 'service.started'),
    );
    await app.stop();
  });
});
