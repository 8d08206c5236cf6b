import { sql } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, platform, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = '/api/v1/tokens';
const LABELS = {
  external_id: 'customer-4711',
  metadata: { plan: 'pro', seats: 5, limits: { jobs: [1, 2.5] } },
};
const NOTHING = { external_id: null, metadata: null };

interface Issued {
  id: string;
  secret: string;
}

describe('what a product notes on a token', () => {
  let business: TestBusiness;
  let admin: TestToken;
  beforeAll(async () => {
    business = await aBusiness();
    admin = await aToken(business, { role: 'admin' });
  });

  const issue = async (labels: object = LABELS): Promise<Issued> => {
    const { body } = await admin.api.post(TOKENS, { name: 'n', ...labels });
    return { id: body.token_info.id as string, secret: body.token as string };
  };
  const verify = async (token: string): Promise<Record<string, unknown>> =>
    (await admin.api.post(`${TOKENS}/verify`, { token })).body as Record<string, unknown>;
  const introspect = async (token: string): Promise<Record<string, unknown>> => {
    const { text } = await exchange((await sharedApp()).url, {
      method: 'POST',
      path: '/oauth/introspect',
      headers: [
        ['authorization', `Bearer ${admin.secret}`],
        ['content-type', 'application/x-www-form-urlencoded'],
      ],
      body: `token=${token}`,
    });
    return JSON.parse(text) as Record<string, unknown>;
  };
  const eventsOf = async (id: string, action: string): Promise<Record<string, unknown>[]> => {
    const { body } = await business.api.get('/api/v1/audit/events', { action, target_id: id });
    return (body.items as { details: Record<string, unknown> }[]).map(({ details }) => details);
  };

  it('is in its record, in its verdicts out of the database and out of memory, and in introspection', async () => {
    const { id, secret } = await issue();
    expect((await admin.api.get(`${TOKENS}/${id}`)).body).toMatchObject(LABELS);
    for (let time = 0; time < 3; time++)
      expect(await verify(secret)).toMatchObject({ active: true, ...LABELS });
    for (let time = 0; time < 3; time++) expect(await introspect(secret)).toMatchObject(LABELS);
    const { body } = await admin.api.post(`${TOKENS}/verify-batch`, { items: [{ token: secret }] });
    expect(body.items).toMatchObject([LABELS]);
    const other = await issue({});
    expect(await verify(other.secret)).toMatchObject({ active: true, ...NOTHING });
    expect(await introspect(other.secret)).not.toHaveProperty('metadata');
    expect(await introspect(other.secret)).not.toHaveProperty('external_id');
  });

  it('is in no verdict any more once a change of it has answered, and the log has both', async () => {
    const { id, secret } = await issue();
    for (let round = 0; round < 20; round++) {
      await verify(secret);
      const labels = { external_id: `c-${round}`, metadata: { round } };
      const { status, body } = await admin.api.patch(`${TOKENS}/${id}`, labels);
      expect([status, body]).toMatchObject([200, labels]);
      expect(await verify(secret)).toMatchObject(labels);
      expect(await introspect(secret)).toMatchObject(labels);
    }
    expect((await admin.api.patch(`${TOKENS}/${id}`, { metadata: null })).body).toMatchObject({
      external_id: 'c-19',
      metadata: null,
    });
    expect(await verify(secret)).toMatchObject({ external_id: 'c-19', metadata: null });
    const [last, before] = await eventsOf(id, 'token.changed');
    expect(last).toEqual({
      name_before: 'n',
      name_after: 'n',
      description_before: null,
      description_after: null,
      metadata_before: '{"round":19}',
      metadata_after: null,
    });
    expect(before).toMatchObject({ external_id_before: 'c-18', external_id_after: 'c-19' });
    expect(await eventsOf(id, 'token.issued')).toMatchObject([
      { external_id: LABELS.external_id, metadata: '{"limits":{"jobs":[1,2.5]},"plan":"pro","seats":5}' },
    ]);
  });

  it('stays when something else is changed, and says nothing of itself then', async () => {
    const { id } = await issue();
    expect((await admin.api.patch(`${TOKENS}/${id}`, { name: 'other' })).body).toMatchObject(LABELS);
    const [event] = await eventsOf(id, 'token.changed');
    expect(Object.keys(event as object).toSorted()).toEqual([
      'description_after',
      'description_before',
      'name_after',
      'name_before',
    ]);
  });

  it('goes on to what a rotation puts in its place', async () => {
    const { id } = await issue();
    const { body } = await admin.api.post(`${TOKENS}/${id}/rotate`, {});
    expect(body.token_info).toMatchObject(LABELS);
    expect(await verify(body.token as string)).toMatchObject(LABELS);
  });

  it('is changed by whoever may change the token, and by nobody else', async () => {
    const developer = await aToken(business);
    const { id } = await issue();
    expect((await developer.api.patch(`${TOKENS}/${id}`, NOTHING)).status).toBe(404);
    const owner = await aToken(business, { role: 'owner' });
    expect((await admin.api.patch(`${TOKENS}/${owner.id}`, LABELS)).status).toBe(403);
    const reader = await aToken(business, { role: 'admin', scopes: ['rescind:tokens:read'] });
    expect((await reader.api.patch(`${TOKENS}/${id}`, NOTHING)).status).toBe(403);
    const other = await aToken(await aBusiness(), { role: 'owner' });
    expect((await other.api.patch(`${TOKENS}/${id}`, NOTHING)).status).toBe(404);
  });

  it.each<[string, object]>([
    ['a list', { metadata: [1] }],
    ['a text', { metadata: 'plan=pro' }],
    ['more than 4096 bytes', { metadata: { text: 'é'.repeat(2043) } }],
    ['a name of nothing', { metadata: { '': 1 } }],
    ['a name of 65 characters', { metadata: { ['n'.repeat(65)]: 1 } }],
    ['a control character', { metadata: { text: 'a\u0000b' } }],
    ['an invisible one further in', { metadata: { list: [{ text: 'a\u200bb' }] } }],
    ['a number that readers of JSON take for others', { metadata: { id: 9007199254740993 } }],
    ['an external id of 256 characters', { external_id: 'x'.repeat(256) }],
    ['an external id of nothing', { external_id: '' }],
  ])('is refused with a 422 when it is %s', async (_what, labels) => {
    expect((await admin.api.post(TOKENS, { name: 'n', ...labels })).status).toBe(422);
    expect((await admin.api.patch(`${TOKENS}/${admin.id}`, labels)).status).toBe(422);
  });

  it('is never a secret of a token, wherever it stands in it, and the refusal does not echo it', async () => {
    const { secret } = await issue({});
    const hex = 'ab'.repeat(32);
    for (const labels of [
      { external_id: secret },
      { external_id: `see ${secret}.` },
      { external_id: hex },
      { metadata: { token: secret } },
      { metadata: { list: [{ note: `Bearer ${secret}` }] } },
      { metadata: { inner: { [secret]: true } } },
      { metadata: { token: hex } },
    ])
      for (const call of [
        admin.api.post(TOKENS, { name: 'n', ...labels }),
        admin.api.patch(`${TOKENS}/${admin.id}`, labels),
      ]) {
        const { status, body } = await call;
        expect(status).toBe(422);
        expect(JSON.stringify(body)).not.toContain(secret.slice(10));
      }
    expect((await admin.api.post(TOKENS, { name: 'n', metadata: { sha256: `sha256:${hex}` } })).status).toBe(
      201,
    );
  });

  it('takes as much as 4096 bytes, out of the database and out of memory alike', async () => {
    const metadata = { text: 'é'.repeat(2042) + 'e' };
    const { secret } = await issue({ metadata });
    for (let time = 0; time < 3; time++) expect(await verify(secret)).toMatchObject({ metadata });
  });

  it('is found in no other business, and by no session that names none', async () => {
    await issue({ metadata: { mine: 'alone' } });
    const { databaseUrl } = await sharedApp();
    const rows = await sql<{ business_id: string }>(
      databaseUrl,
      `SELECT business_id FROM token_metadata WHERE name = 'mine'`,
    );
    expect(rows).toEqual([{ business_id: business.id }]);
  });

  it('has rows for what it can be found by, as long as it says so', async () => {
    const { id } = await issue();
    const { databaseUrl } = await sharedApp();
    const rowsOf = () =>
      sql(databaseUrl, 'SELECT name, value FROM token_metadata WHERE token_id = $1 ORDER BY name', [id]);
    expect(await rowsOf()).toEqual([
      { name: 'plan', value: 'pro' },
      { name: 'seats', value: '5' },
    ]);
    await admin.api.patch(`${TOKENS}/${id}`, { metadata: { beta: true, gone: null, long: 'x'.repeat(256) } });
    expect(await rowsOf()).toEqual([{ name: 'beta', value: 'true' }]);
    await admin.api.patch(`${TOKENS}/${id}`, { metadata: null });
    expect(await rowsOf()).toEqual([]);
  });

  it('is not for tokens of the platform', async () => {
    const { status } = await (await platform()).post('/api/v1/admin/tokens', { name: 'n', ...LABELS });
    expect(status).toBe(422);
  });
});
