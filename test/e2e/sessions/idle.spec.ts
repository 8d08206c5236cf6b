import { sql, freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { aSession, type TestSession } from '../../support/session.js';
import { changeToken } from '../../support/token-mac.js';
import { waitFor } from '../../support/wait-for.js';

/** More than the test process, or the one that is asked, may stand still between two uses. */
const IDLE_SECONDS = 8;

describe('a session that nobody uses', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  let session: TestSession;
  beforeAll(async () => {
    database = await freshDatabase();
    const env = {
      RESCIND_LAST_USED_FLUSH_MS: '100',
      RESCIND_SESSION_HOURS: '2',
      RESCIND_SESSION_IDLE_MINUTES: '5',
    };
    app = await startRescind({ databaseUrl: database.url, env });
    business = await aBusiness({ url: app.url });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });
  beforeEach(async () => {
    const token = await aToken(business, { member: await aMember(business) });
    session = await aSession(token.api);
    await changeToken(database.superuserUrl, session.id, `idle_seconds = ${IDLE_SECONDS}`);
  });

  const status = async () => (await session.api.get('/api/v1/sessions/current')).status;
  /** Looking at the list is no use of the session. */
  const isListed = async () =>
    ((await business.api.get('/api/v1/sessions')).body.items as { id: string }[]).some(
      ({ id }) => id === session.id,
    );

  it('ends, though it is remembered, and stays so', async () => {
    expect(await status()).toBe(200);
    expect(await isListed()).toBe(true);
    await waitFor('the session to be idle', async () => !(await isListed()));
    expect(await status()).toBe(401);
    expect(await status()).toBe(401);
  });

  it('goes on as long as somebody does', async () => {
    const since = performance.now();
    const statuses = new Set<number>();
    await waitFor('more than its idle time', async () => {
      statuses.add(await status());
      return performance.now() - since > 1.5 * IDLE_SECONDS * 1000;
    });
    expect([...statuses]).toEqual([200]);
  });

  it('is told how long it lasts, as configured', async () => {
    const { body } = await aSession((await aToken(business)).api);
    const [created, expires, idleEnds] = [body.created_at, body.expires_at, body.idle_ends_at].map((at) =>
      Date.parse(at as string),
    ) as [number, number, number];
    expect(expires - created).toBe(2 * 3600_000);
    expect(Math.round((idleEnds - created) / 60_000)).toBe(5);
  });

  it('does not outlast the token that it was opened with', async () => {
    const token = await aToken(business);
    const end = `date_trunc('milliseconds', now() + interval '30 minutes')`;
    await changeToken(database.superuserUrl, token.id, `expires_at = ${end}`);
    const { body } = await aSession(token.api);
    const [row] = await sql<{ expires_at: Date }>(database.url, 'SELECT expires_at FROM tokens WHERE id = $1', [token.id]); // prettier-ignore
    expect(body.expires_at).toBe(row?.expires_at.toISOString());
  });
});

it.each([
  [
    'RESCIND_SESSION_IDLE_MINUTES',
    { RESCIND_SESSION_IDLE_MINUTES: '1', RESCIND_LAST_USED_FLUSH_MS: '60000' },
  ],
  ['RESCIND_SESSION_HOURS', { RESCIND_SESSION_HOURS: '0' }],
])('nothing starts with a %s that cannot hold', async (name, env) => {
  const database = await freshDatabase();
  await expect(startRescind({ databaseUrl: database.url, env })).rejects.toThrow(name);
  await database.drop();
});
