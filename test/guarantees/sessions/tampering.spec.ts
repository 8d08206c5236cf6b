import { rescind } from '../../cli/rescind-command.js';
import { serviceUrlOf } from '../../support/databases.js';
import { Api } from '../../support/api.js';
import { aMember, aToken } from '../../support/factories.js';
import { aSession, SessionApi, type TestSession } from '../../support/session.js';
import { TamperedHouse } from '../log-tampering/house.js';

const LIMIT_MS = 300_000;

let house: TamperedHouse;
beforeEach(async () => {
  house = await TamperedHouse.start();
});
afterEach(() => house.end());

async function aSessionOf(log: { id: string; tokens: { secret: string }[] }): Promise<TestSession> {
  return aSession(new Api(house.app.url, log.tokens[0]?.secret ?? '', log.id));
}

const status = async (session: TestSession) =>
  (await session.api.at(house.app.url).get('/api/v1/sessions/current')).status;

/** Nothing of before is remembered, as after any restart. */
const tampered = (statement: string) => house.restart(() => house.tamper(statement));

it.each([
  ['that is to last longer', `expires_at = expires_at + interval '1 year'`],
  ['that may be idle longer', 'idle_seconds = 86400'],
  ['that was opened later', `created_at = created_at + interval '1 hour'`],
  ['with more scopes', `scopes = '{rescind:platform:admin}'`],
  ['that ends with no token', 'issued_by_token = NULL'],
])(
  'the row of a session %s is not believed',
  async (_what, change) => {
    const session = await aSessionOf(await house.aLog(1));
    expect(await status(session)).toBe(200);
    await tampered(`UPDATE tokens SET ${change} WHERE id = '${session.id}'`);
    expect(await status(session)).toBe(401);
  },
  LIMIT_MS,
);

it(
  'a session that is made an API token is not believed, and no more is an API token that is made a session',
  async () => {
    const log = await house.aLog(2);
    const session = await aSessionOf(log);
    const token = log.tokens[1] as { id: string; secret: string };
    await tampered(
      `ALTER TABLE tokens DROP CONSTRAINT tokens_session_check;
       UPDATE tokens SET kind = 'api', idle_seconds = NULL WHERE id = '${session.id}';
       UPDATE tokens SET kind = 'session', idle_seconds = 3600 WHERE id = '${token.id}'`,
    );
    const as = (secret: string) => new Api(house.app.url, secret, log.id).get('/api/v1/tokens');
    expect((await as(session.secret)).status).toBe(401);
    expect((await as(token.secret)).status).toBe(401);
    const cookie = new SessionApi(house.app.url, token.secret, log.id);
    expect((await cookie.get('/api/v1/tokens')).status).toBe(401);
  },
  LIMIT_MS,
);

it.each([['signed out'], ['revoked'], ['ended with its token']])(
  'a session that was %s stays so, whatever its row says',
  async (how) => {
    const log = await house.aLog(1);
    const session = await aSessionOf(log);
    if (how === 'signed out') await session.api.post('/api/v1/sessions/current/end', {});
    else if (how === 'revoked') await log.api.post(`/api/v1/sessions/${session.id}/revoke`, {});
    else await log.api.post(`/api/v1/tokens/${log.tokens[0]?.id ?? ''}/revoke`, {});
    await tampered(`UPDATE tokens SET revoked_at = NULL, revoked_by = NULL, revocation_reason = NULL`);
    expect(await status(session)).toBe(401);
  },
  LIMIT_MS,
);

it(
  'sessions agree with the log, and one that was made behind its back is found',
  async () => {
    const log = await house.aLog(1);
    const [kept, ended, revoked] = [await aSessionOf(log), await aSessionOf(log), await aSessionOf(log)];
    await ended?.api.post('/api/v1/sessions/current/end', {});
    await log.api.post(`/api/v1/sessions/${revoked?.id ?? ''}/revoke`, {});
    const leaver = await aMember(log);
    await aSession((await aToken(log, { member: leaver })).api);
    await log.api.delete(`/api/v1/members/${leaver.id}`);
    await aSession(new Api(house.app.url));
    const reconcile = () =>
      rescind(['audit', 'reconcile'], { DATABASE_URL: serviceUrlOf(house.database.url) }, true).ended;
    const before = await reconcile();
    expect([before.code, before.stdout]).toEqual([0, '']);
    const made = '00000000-0000-7000-8000-000000000001';
    await house.tamper(
      `INSERT INTO tokens SELECT (jsonb_populate_record(t, jsonb_build_object('id', '${made}', 'jti', 'made', 'created_at', now()))).*
       FROM tokens t WHERE t.id = '${kept?.id ?? ''}'`,
    );
    const after = await reconcile();
    expect(after.stdout).toContain(made);
  },
  LIMIT_MS,
);
