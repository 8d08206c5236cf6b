import { Api } from '../../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, platform } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

const PATH = '/api/v1/admin/revocations';
/** A copy of token $1, as if it had been issued at $2. */
const COPY = `
INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at)
SELECT gen_random_uuid(), substr(md5($2::text), 1, 22), business_id, owner_kind, member_id, name, token_prefix, decode(md5($2::text) || md5($2::text), 'hex'),
  pepper_id, scopes, $2::text::timestamptz FROM tokens WHERE id = $1`;
const EVERYTHING = { selector: { platform: true }, reason: 'the end' };

describe('POST /api/v1/admin/revocations with previews, plans and a second person', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let hasty: RescindProcess;
  let root: Api;
  beforeAll(async () => {
    database = await freshDatabase();
    const env = { RESCIND_PLATFORM_APPROVAL_ABOVE: '0' };
    rescind = await startRescind({ databaseUrl: database.url, env });
    hasty = await startRescind({ databaseUrl: database.url, env: { ...env, RESCIND_APPROVAL_SECONDS: '1' } });
    root = await platform(rescind.url);
  });
  afterAll(async () => {
    await hasty?.stop();
    await rescind?.stop();
    await database?.drop();
  });

  const aPerson = async (issuedTo: string | null, at: Api = root): Promise<Api> => {
    const input = { name: 'of a person', ...(issuedTo === null ? {} : { issued_to: issuedTo }) };
    const { status, body } = await root.post('/api/v1/admin/tokens', input);
    expect(status).toBe(201);
    return at.as(body.token as string);
  };

  it('counts through all businesses, and says who has to approve', async () => {
    const [one, other] = [await aBusiness({ url: rescind.url }), await aBusiness({ url: rescind.url })];
    await aToken(one, { scopes: ['orders:read'] });
    await aToken(one, { scopes: ['orders:read'] });
    await aToken(other, { scopes: ['orders:read'] });
    const { status, body } = await root.post(PATH, { ...EVERYTHING, preview: true });
    expect([status, body.needs_approval, body.ends_caller]).toEqual([200, true, true]);
    expect(body.by_business).toEqual(
      expect.arrayContaining([
        { id: one.id, tokens: 2 },
        { id: other.id, tokens: 1 },
        { id: null, tokens: expect.any(Number) },
      ]),
    );
    expect(body.by_scope).toEqual(expect.arrayContaining([{ scope: 'orders:read', tokens: 3 }]));
    const none = await root.post(PATH, {
      ...EVERYTHING,
      preview: true,
      issued_before: '2020-01-01T00:00:00Z',
    });
    expect(none.body).toMatchObject({ tokens: 0, needs_approval: false });
  });

  it('ends a request that nobody approves in time, and says so', async () => {
    const api = await aPerson('ada@example.com', new Api(hasty.url));
    const { status, body } = await api.post(PATH, EVERYTHING);
    expect(status).toBe(202);
    await waitFor('the event of its end', async () => {
      const { body: events } = await api.get('/api/v1/admin/audit/events', {
        business_id: 'platform',
        action: 'revocation.expired',
      });
      return events.items[0]?.target.id === body.id;
    });
    const second = await aPerson('grace@example.com');
    expect((await second.post(`${PATH}/${body.id}/approve`, {})).body.code).toBe('revocation.not_awaiting');
    expect((await api.get(`${PATH}/${body.id}`)).body).toMatchObject({ state: 'expired', revoked_at: null });
  });

  it('counts together what one person revokes through all businesses, at once as well', async () => {
    const lenient = await startRescind({ databaseUrl: database.url, env: { RESCIND_PLATFORM_APPROVAL_ABOVE: '1' } });
    try {
      const { id } = await aToken(await aBusiness({ url: rescind.url }));
      for (const year of [2020, 2021, 2022]) await sql(database.superuserUrl, COPY, [id, `${year}-02-01T00:00:00Z`]);
      const until = (year: number, api: Api) =>
        api.post(PATH, { selector: { platform: true }, reason: 'x', issued_before: `${year}-03-01T00:00:00Z` });
      const ada = await aPerson('ada@example.com', new Api(lenient.url));
      const again = await aPerson('Ada@example.com', new Api(lenient.url));
      const both = await Promise.all([until(2020, ada), until(2021, again)]);
      expect(both.map(({ status }) => status).sort()).toEqual([201, 202]);
      expect((await until(2022, ada)).status).toBe(202);
      expect((await until(2019, ada)).status).toBe(201);
    } finally {
      await lenient.stop();
    }
  }); // prettier-ignore

  it('ends nothing when another person declines it, or whoever asked withdraws it', async () => {
    const [ada, grace] = [await aPerson('ada@example.com'), await aPerson('grace@example.com')];
    const decline = (id: string, api: Api) => api.post(`${PATH}/${id}/decline`, { reason: 'a rehearsal' });
    const again = await aPerson('Ada@example.com');
    for (const by of [grace, again]) {
      const { body } = await ada.post(PATH, EVERYTHING);
      expect(await decline(body.id as string, root)).toMatchObject({
        status: 403,
        body: { code: 'revocation.decline_denied' },
      });
      const declined = await decline(body.id as string, by);
      expect([declined.status, declined.body]).toMatchObject([
        200,
        { state: 'declined', revoked_at: null, approval: { decline_reason: 'a rehearsal' } },
      ]);
      expect(declined.body.approval.declined_by).toMatch(by === grace ? /^grace@/ : /^Ada@/);
      const approved = await grace.post(`${PATH}/${body.id as string}/approve`, { if_changed: 'proceed' });
      expect(approved.body.code).toBe('revocation.not_awaiting');
      const { body: events } = await root.get('/api/v1/admin/audit/events', {
        business_id: 'platform',
        target_id: body.id as string,
      });
      expect(events.items.map(({ action }: { action: string }) => action)).toEqual([
        'revocation.declined',
        'revocation.asked',
      ]);
    }
    const { body } = await root.post(PATH, EVERYTHING);
    expect((await decline(body.id as string, await aPerson(null))).status).toBe(200);
  });

  it('ends everything only when two persons say so', async () => {
    const [ada, grace, nobody] = [
      await aPerson('ada@example.com'),
      await aPerson('Grace@example.com'),
      await aPerson(null),
    ];
    const asked = await ada.post(PATH, EVERYTHING);
    expect(asked.status).toBe(202);
    const approve = (api: Api) => api.post(`${PATH}/${asked.body.id}/approve`, { if_changed: 'proceed' });
    for (const api of [ada, nobody, root, await aPerson('ADA@example.com')])
      expect((await approve(api)).status).toBe(403);
    expect((await grace.get(`${PATH}/${asked.body.id}`)).body.state).toBe('awaiting_approval');
    const { status, body } = await approve(grace);
    expect([status, body]).toMatchObject([
      201,
      { kind: 'cut_off', approval: { approved_by: 'Grace@example.com' } },
    ]);
    for (const api of [ada, grace, root]) expect((await api.get(PATH)).status).toBe(401);
  });
});
