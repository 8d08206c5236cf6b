import pg from 'pg';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

const REQUESTS = 100;

describe('R6: while all that one business may do waits for its log', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let flooding: TestBusiness;
  let other: TestBusiness;
  let holder: pg.Client;
  let flood: Promise<unknown>;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_VERDICT_MEMORY: '0' } });
    await app.ready();
    flooding = await aBusiness({ url: app.url });
    other = await aBusiness({ url: app.url });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const sessionsThatWait = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      database.superuserUrl,
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row?.count ?? 0;
  };

  beforeEach(async () => {
    holder = new pg.Client({ connectionString: database.superuserUrl });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE', [flooding.id]);
    const names = Array.from({ length: REQUESTS }, (_, number) => `token ${number}`);
    flood = Promise.all(names.map((name) => flooding.api.post('/api/v1/tokens', { name })));
    await waitFor('a session that waits', async () => (await sessionsThatWait()) > 0);
  });
  afterEach(async () => {
    await holder.end();
    await flood;
  });

  it('another is verified, revoked from and managed, and none of that waits as well', async () => {
    const [mine, leaving] = [await aToken(other), await aMember(other)];
    const [hers, identity] = [await aToken(other, { member: leaving }), await anIdentity(other)];
    const verdicts = await Promise.all(
      [mine, hers].map(({ secret }) => other.api.post('/api/v1/tokens/verify', { token: secret })),
    );
    expect(verdicts.map(({ body }) => body.active)).toEqual([true, true]);
    const ends = await Promise.all([
      other.api.post(`/api/v1/tokens/${mine.id}/revoke`),
      other.api.delete(`/api/v1/members/${leaving.id}`),
      other.api.post(`/api/v1/identities/${identity.id}/disable`),
    ]);
    expect(ends.map(({ status }) => status)).toEqual([201, 200, 201]);
    const after = await other.api.post('/api/v1/tokens/verify', { token: hers.secret });
    expect(after.body).toEqual({ active: false, reason: 'revoked' });
  });
});
