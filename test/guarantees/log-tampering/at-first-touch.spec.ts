import { Api } from '../../support/api.js';
import { exchange } from '../../support/exchange.js';
import { aMember, aToken, platform, type TestBusiness, type TestToken } from '../../support/factories.js';
import { openSocket } from '../../support/stream-child.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;
/** No pass but the one at the start: what is found here is found by who looks. */
const NO_PASSES = { RESCIND_SEAL_MS: '600000' };
const UNREVOKE = `UPDATE tokens SET revoked_at = NULL, revoked_by = NULL, revocation_reason = NULL`;

let house: TamperedHouse;
beforeAll(async () => {
  house = await TamperedHouse.start(NO_PASSES);
});
afterAll(() => house.end());

const outcome = async (log: TestBusiness, token: TestToken): Promise<string> =>
  outcomeOf(await verify(house.app, log, token));

const ways: [string, (log: TestBusiness, token: TestToken) => Promise<unknown>, unknown][] = [
  ['verification', outcome, 'revoked'],
  [
    'introspection',
    async (log, { secret }) => {
      const { text } = await exchange(house.app.url, {
        method: 'POST',
        path: '/oauth/introspect',
        headers: [
          ['authorization', `Bearer ${(await platform(house.app.url)).secret}`],
          ['x-business-id', log.id],
          ['content-type', 'application/x-www-form-urlencoded'],
        ],
        body: `token=${secret}`,
      });
      return (JSON.parse(text) as { active: boolean }).active;
    },
    false,
  ],
  [
    'the gateway',
    async (_, { secret }) =>
      (
        await exchange(house.app.url, {
          method: 'GET',
          path: '/gateway/authorize',
          headers: [['authorization', `Bearer ${secret}`]],
        })
      ).status,
    401,
  ],
  ['a call', async (_, { api }) => (await api.get('/api/v1/tokens')).status, 401],
  [
    'the verifier stream',
    async (_, { secret }) => {
      const socket = openSocket(house.app.url, { secret });
      return new Promise((resolve) => {
        socket.on('open', () => resolve('open'));
        socket.on('unexpected-response', (__, { statusCode }) => resolve(statusCode));
        socket.on('error', () => undefined);
      }).finally(() => socket.terminate());
    },
    401,
  ],
];

it.each(ways)(
  'a token that was revoked, and whose row says otherwise, is refused at once: by %s',
  async (_, ask, refused) => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    await log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
    await house.tamper(`${UNREVOKE} WHERE id = '${token.id}'`);
    expect(await ask(log, token)).toBe(refused);
    await house.alarm('token_unrevoked', log.id);
    await waitFor('the event in the log of the business', async () => {
      const found = await house.rows(
        `SELECT FROM audit_events WHERE business_id = $1 AND action = 'integrity.violated' AND details->>'subject' = $2`,
        [log.id, token.id],
      );
      return found.length > 0 || undefined;
    });
  },
  LIMIT_MS,
);

it(
  'so is a token of the platform',
  async () => {
    const api = await platform(house.app.url);
    const { body } = await api.post('/api/v1/admin/tokens', { name: 'leaked' });
    const id = body.token_info.id as string;
    expect((await api.post(`/api/v1/admin/tokens/${id}/revoke`, {})).status).toBe(201);
    await house.tamper(`${UNREVOKE} WHERE id = '${id}'`);
    expect((await api.as(body.token as string).get('/api/v1/admin/businesses')).status).toBe(401);
    await house.alarm('token_unrevoked', '00000000-0000-0000-0000-000000000000');
  },
  LIMIT_MS,
);

it(
  'a row that is put back whole to what it was before, MAC and all, is refused as well',
  async () => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    await house.tamper(`CREATE TABLE kept AS SELECT * FROM tokens WHERE id = '${token.id}'`);
    await log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
    await house.tamper(
      `DELETE FROM tokens WHERE id = '${token.id}'; INSERT INTO tokens SELECT * FROM kept; DROP TABLE kept`,
    );
    expect(await outcome(log, token)).toBe('revoked');
    await house.alarm('token_unrevoked', log.id);
  },
  LIMIT_MS,
);

it(
  'a token whose rotation is taken back stays ended',
  async () => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    expect((await log.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 0 })).status).toBe(201);
    await house.tamper(`UPDATE tokens SET grace_ends_at = NULL, replaced_by = NULL WHERE id = '${token.id}'`);
    expect(await outcome(log, token)).toBe('revoked');
    await house.alarm('token_differs', log.id);
  },
  LIMIT_MS,
);

const changes: [string, string][] = [
  ['more scopes', `scopes = scopes || '{rescind:business:admin}'`],
  ['a later end', `expires_at = expires_at + interval '9 years'`],
  ['no end', 'expires_at = NULL'],
  ['another number of uses', 'uses_limit = 5'],
  ['another time of issue', `created_at = now()`],
  ['no MAC', 'mac = NULL'],
  ['a MAC of nobody', `mac = decode(repeat('00', 16), 'hex')`],
  [
    'another owner',
    `member_id = (SELECT m.id FROM members m WHERE m.business_id = tokens.business_id AND m.id <> tokens.member_id LIMIT 1)`,
  ],
];

it.each(changes)(
  'a token that is given %s with SQL is refused when it is first looked up',
  async (_, change) => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    await aMember(log, 'owner');
    await house.tamper(`UPDATE tokens SET ${change} WHERE id = '${token.id}'`);
    expect(await outcome(log, token)).toBe('revoked');
    await house.alarm('token_forged', log.id);
  },
  LIMIT_MS,
);

it(
  'nor does a token take the place of another, or appear out of nowhere',
  async () => {
    const log = await house.aLog(0);
    const [mine, theirs] = [await aToken(log), await aToken(log, { role: 'owner' })];
    const columns = 'jti, digest, pepper_id, mac';
    await house.tamper(`
      CREATE TABLE swapped AS SELECT id, ${columns} FROM tokens WHERE id IN ('${mine.id}', '${theirs.id}');
      UPDATE tokens SET jti = 'none' WHERE id = '${theirs.id}';
      UPDATE tokens t SET (${columns}) = (SELECT 'other', s.digest, s.pepper_id, s.mac FROM swapped s WHERE s.id = '${theirs.id}') WHERE id = '${mine.id}';
      UPDATE tokens t SET (${columns}) = (SELECT s.jti, s.digest, s.pepper_id, s.mac FROM swapped s WHERE s.id = '${mine.id}') WHERE id = '${theirs.id}';
      DROP TABLE swapped`);
    expect(await outcome(log, mine)).toBe('revoked');
    await house.alarm('token_forged', log.id);
    expect((await new Api(house.app.url, mine.secret, log.id).get('/api/v1/tokens')).status).toBe(401);
  },
  LIMIT_MS,
);

it(
  'nothing is made from a token that was changed under a verifier that remembers it as it was',
  async () => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    await waitFor('it to be remembered', async () => (await outcome(log, token)) === 'active');
    await house.tamper(
      `UPDATE tokens SET scopes = scopes || '{rescind:business:admin}' WHERE id = '${token.id}'`,
    );
    expect((await token.api.post(`/api/v1/tokens/${token.id}/rotate`)).status).toBe(404);
    expect((await log.api.post(`/api/v1/tokens/${token.id}/rotate`)).status).toBe(404);
    // The alarm is out, so that its verdict may have been forgotten by now.
    expect([401, 404]).toContain((await token.api.post('/api/v1/tokens', { name: 'n' })).status);
    await house.alarm('token_forged', log.id);
  },
  LIMIT_MS,
);

it(
  'a token that is renewed with its secret stays good, and keeps being bound',
  async () => {
    const log = await house.aLog(0);
    const { api } = log;
    const identity = await api.post('/api/v1/identities', { name: 'ci' });
    const config = `/api/v1/auth/token-auth/identities/${identity.body.id as string}`;
    await api.post(config, { accessTokenTTL: 3600, accessTokenMaxTTL: 7200 });
    const { body } = await api.post(`${config}/tokens`, { name: 'n' });
    const secret = body.accessToken as string;
    expect((await api.as(null).post('/api/v1/auth/token/renew', { accessToken: secret })).status).toBe(200);
    const [row] = await house.rows<{ id: string }>(
      'SELECT id FROM tokens WHERE business_id = $1 AND last_renewed_at IS NOT NULL',
      [log.id],
    );
    const token = { id: row?.id as string, secret } as TestToken;
    expect(await outcome(log, token)).toBe('active');
    await house.tamper(`UPDATE tokens SET expires_at = expires_at + interval '1 s' WHERE id = '${token.id}'`);
    await house.restart(() => Promise.resolve());
    expect(await outcome(house.as(log), token)).toBe('revoked');
  },
  LIMIT_MS,
);
