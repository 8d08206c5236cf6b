import { Api } from '../support/api.js';
import { changeSchema, freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { holdsLease, outcomeOf, verify } from '../guarantees/verifiers.js';
import { startPgBouncer, type PgBouncer } from './pgbouncer.js';

/** Each must confirm, not be waited out, however busy the machine is. */
const LEASE_SECONDS = 5;

describe.each([
  ['and without RESCIND_LISTEN_URL', false],
  ['and with RESCIND_LISTEN_URL past it', true],
])('through PgBouncer in transaction mode, %s,', (_, listens) => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  let business: TestBusiness;
  const processes: RescindProcess[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    // Both find an empty database, and take turns to migrate it.
    await sql(database.superuserUrl, 'DROP OWNED BY rescind CASCADE; CREATE SCHEMA IF NOT EXISTS public');
    await sql(database.superuserUrl, 'GRANT ALL ON SCHEMA public TO rescind');
    pooler = await startPgBouncer(database.url);
    const env = {
      RESCIND_LEASE_MS: String(LEASE_SECONDS * 1000),
      ...(listens ? { RESCIND_LISTEN_URL: serviceUrlOf(database.url) } : {}),
    };
    processes.push(...(await Promise.all([0, 1].map(() => startRescind({ databaseUrl: pooler.url, env })))));
    for (const each of processes) await waitFor('a lease', () => holdsLease(each));
    business = await aBusiness({ url: (processes[0] as RescindProcess).url });
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await pooler.stop();
    await database.drop();
  });

  const through = (index: number) =>
    new Api((processes[index % 2] as RescindProcess).url, platformSecret(), business.id);
  const verdicts = (token: TestToken): Promise<string[]> =>
    Promise.all(processes.map(async (each) => outcomeOf(await verify(each, business, token))));
  const remembered = async (): Promise<TestToken> => {
    const token = await aToken(business);
    await waitFor('active everywhere', async () =>
      (await verdicts(token)).every((outcome) => outcome === 'active'),
    );
    return token;
  };

  it('R1: what one process has answered as revoked is refused by the other at once', async () => {
    for (let index = 0; index < 20; index++) {
      const token = await remembered();
      const { status, body } = await through(index).post(`/api/v1/tokens/${token.id}/revoke`);
      expect(await verdicts(token)).toEqual(['revoked', 'revoked']);
      expect(status).toBe(201);
      expect(body.receipt).toMatchObject({ verifiers_registered: 2, verifiers_acknowledged: 2 });
    }
  });

  it('R1: nor does it under load, with everybody asking while others revoke, rotate and list', async () => {
    const tokens: TestToken[] = [];
    for (let index = 0; index < 24; index++) tokens.push(await remembered());
    const revokedAtMs = new Map<TestToken, number>();
    let asked = 0;
    const askers = tokens.map(async (token, index) => {
      for (let after = 0; after < 5;) {
        const startMs = performance.now();
        const verifier = processes[(index + asked++) % 2] as RescindProcess;
        const outcome = outcomeOf(await verify(verifier, business, token));
        const revokedMs = revokedAtMs.get(token);
        if (revokedMs === undefined || startMs < revokedMs) continue;
        after++;
        expect(outcome).not.toBe('active');
      }
    });
    const revokers = tokens.map(async (token, index) => {
      const api = through(index);
      await Promise.all([api.get('/api/v1/tokens'), api.get('/api/v1/audit/events')]);
      const { status } = await api.post(`/api/v1/tokens/${token.id}/revoke`);
      revokedAtMs.set(token, performance.now());
      expect(status).toBe(201);
    });
    await Promise.all([...revokers, ...askers]);
  });

  it('R4: a revocation whose event cannot be written is not made', async () => {
    const token = await remembered();
    await changeSchema(
      database.superuserUrl,
      `CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$;
       CREATE TRIGGER refuse_event BEFORE INSERT ON audit_events FOR EACH ROW WHEN (NEW.target_id = '${token.id}') EXECUTE FUNCTION refuse_event();`,
    );
    try {
      const { status, body } = await through(0).post(`/api/v1/tokens/${token.id}/revoke`);
      expect([status, body.code]).toEqual([503, 'audit.unwritable']);
      expect(await verdicts(token)).toEqual(['active', 'active']);
      expect(await sql(database.url, 'SELECT FROM tokens WHERE id = $1 AND revoked_at IS NOT NULL', [token.id])).toEqual([]); // prettier-ignore
    } finally {
      await changeSchema(database.superuserUrl, 'DROP FUNCTION refuse_event() CASCADE');
    }
  });

  it('changes are made by a user that cannot rewrite the log, with the settings of a session of its own', async () => {
    await sql(
      database.superuserUrl,
      `CREATE TABLE settings_seen (who text, commits text, locks text, nudges text, idle text);
       GRANT INSERT ON settings_seen TO PUBLIC;
       CREATE FUNCTION note_settings() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.settings_seen VALUES (current_user, current_setting('synchronous_commit'), current_setting('lock_timeout'),
           current_setting('rescind.nudges', true), current_setting('idle_in_transaction_session_timeout'));
         RETURN NEW; END $$;
       CREATE TRIGGER note_settings AFTER INSERT ON members FOR EACH ROW EXECUTE FUNCTION note_settings()`,
    );
    await aMember(business);
    await sql(database.superuserUrl, 'DROP TRIGGER note_settings ON members');
    expect(await sql(database.superuserUrl, 'SELECT * FROM settings_seen')).toEqual([
      {
        who: 'rescind_service',
        commits: 'on',
        locks: `${LEASE_SECONDS + 2}s`,
        nudges: 'caller',
        idle: `${LEASE_SECONDS}s`,
      },
    ]);
  });

  it('a process that starts later finds its turn free, and one that stops leaves no registration', async () => {
    const third = await startRescind({ databaseUrl: pooler.url });
    await waitFor('a lease', () => holdsLease(third));
    expect((await third.stop()).code).toBe(0);
    const rows = await sql(database.url, 'SELECT id FROM verifiers');
    expect(rows).toHaveLength(2);
  });
});
