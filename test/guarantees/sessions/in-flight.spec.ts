import pg from 'pg';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, platform, type TestBusiness } from '../../support/factories.js';
import type { Api } from '../../support/api.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { aSession } from '../../support/session.js';
import { waitFor } from '../../support/wait-for.js';

const WAITING = `SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'change_begin'`;

describe('R1: a change by a session that was under way when the session ended', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let business: TestBusiness;
  let operator: pg.Client;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    business = await aBusiness({ url: rescind.url });
  });
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });
  beforeEach(async () => {
    operator = new pg.Client({ connectionString: database.superuserUrl });
    await operator.connect();
  });
  afterEach(() => operator.end());

  const revoke = (id: string) => ({
    text: `UPDATE tokens SET revoked_at = now(), revoked_by = 'operator' WHERE id = $1`,
    values: [id],
  });
  const demote = (id: string) => ({
    text: `UPDATE members SET role = 'developer' WHERE id = (SELECT member_id FROM tokens WHERE id = $1)`,
    values: [id],
  });

  /** How a member that `api` adds is answered, and whether there is one, when `end` overtakes the call. */
  async function overtaken(api: Api, end: { text: string; values: unknown[] }) {
    const email = `overtaken-${String(performance.now()).replace('.', '')}@example.com`;
    await operator.query('BEGIN');
    await operator.query('SELECT FROM audit_heads ORDER BY business_id FOR UPDATE');
    await operator.query(end);
    const answer = api.post('/api/v1/members', { email, name: 'x', role: 'developer' });
    await waitFor('the change to wait for the log', async () => {
      const [row] = await sql<{ count: number }>(database.superuserUrl, WAITING);
      return row?.count === 1;
    });
    await operator.query('COMMIT');
    const added = await sql(database.superuserUrl, 'SELECT FROM members WHERE email = $1', [email]);
    return { status: (await answer).status, added: added.length };
  }

  async function signedIn() {
    const token = await aToken(business, { member: await aMember(business, 'admin') });
    return { token, session: await aSession(token.api) };
  }

  it('is refused when the session was revoked', async () => {
    const { session } = await signedIn();
    expect(await overtaken(session.api, revoke(session.id))).toEqual({ status: 401, added: 0 });
  });

  it('is refused when the token that it was opened with was revoked', async () => {
    const { session, token } = await signedIn();
    expect(await overtaken(session.api, revoke(token.id))).toEqual({ status: 401, added: 0 });
  });

  it('is refused when its person may do less', async () => {
    const { session } = await signedIn();
    expect(await overtaken(session.api, demote(session.id))).toEqual({ status: 403, added: 0 });
  });

  it('is refused when a token of the platform was revoked with which it was opened', async () => {
    const { body } = await (await platform(rescind.url)).post('/api/v1/admin/tokens', { name: 'actor' });
    const session = await aSession((await platform(rescind.url)).as(body.token as string));
    const api = session.api.within(business.id);
    expect(await overtaken(api, revoke(body.token_info.id as string))).toEqual({ status: 401, added: 0 });
  });

  it('is waited for by whoever revokes that token', async () => {
    const { body } = await (await platform(rescind.url)).post('/api/v1/admin/tokens', { name: 'actor' });
    const { id } = body.token_info as { id: string };
    const session = await aSession((await platform(rescind.url)).as(body.token as string));
    const other = new pg.Client({ connectionString: database.superuserUrl });
    await other.connect();
    try {
      // A change by the session, in the middle.
      await other.query('BEGIN');
      const { rows } = await other.query<{ refusals: (string | null)[] }>(
        'SELECT refusals FROM change_begin($1::uuid[], $2::uuid[], $3::text[])',
        [[business.id], [session.id], ['platform']],
      );
      expect(rows[0]?.refusals).toEqual([null]);
      await operator.query(`SET lock_timeout = '200ms'`);
      await expect(operator.query(revoke(id))).rejects.toThrow('lock timeout');
    } finally {
      await other.query('ROLLBACK');
      await other.end();
    }
  });
});
