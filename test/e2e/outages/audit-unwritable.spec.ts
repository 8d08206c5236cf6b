import { changeSchema, freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

describe('while no event can be written', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    business = await aBusiness({ url: app.url });
    await changeSchema(
      database.superuserUrl,
      `CREATE FUNCTION refuse_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for events'; END $$;
       CREATE TRIGGER refuse_events BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_events();
       ALTER TABLE audit_events DISABLE TRIGGER refuse_events;`,
    );
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const writable = (yes: boolean) =>
    changeSchema(
      database.superuserUrl,
      `ALTER TABLE audit_events ${yes ? 'DISABLE' : 'ENABLE'} TRIGGER refuse_events`,
    );

  const everything = () =>
    sql(
      database.url,
      `SELECT (SELECT jsonb_agg(to_jsonb(b) ORDER BY id) FROM businesses b) AS businesses, (SELECT jsonb_agg(to_jsonb(m) ORDER BY id) FROM members m) AS members,
         (SELECT jsonb_agg(to_jsonb(i) ORDER BY id) FROM identities i) AS identities, (SELECT jsonb_agg(to_jsonb(t) - 'last_used_at' - 'last_used_hour' ORDER BY id) FROM tokens t) AS tokens,
         (SELECT jsonb_agg(to_jsonb(h) ORDER BY business_id) FROM audit_heads h) AS heads`,
    );

  it('every change is refused with 503 and not done, and reading and verifying go on', async () => {
    const [member, identity] = [await aMember(business), await anIdentity(business)];
    const token = await aToken(business, { member });
    const ofIdentity = await aToken(business, { identityId: identity.id });
    const before = await everything();
    await writable(false);
    const { api, id } = business;
    const refused = [
      await api.post('/api/v1/tokens', { name: 'n', owner_email: member.email }),
      await api.patch(`/api/v1/tokens/${token.id}`, { name: 'renamed' }),
      await api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 60 }),
      await api.post(`/api/v1/tokens/${token.id}/revoke`),
      await token.api.post(`/api/v1/tokens/${token.id}/revoke`),
      await api.post('/api/v1/members', { email: 'new@example.com', name: 'New', role: 'developer' }),
      await api.patch(`/api/v1/members/${member.id}`, { role: 'auditor' }),
      await api.delete(`/api/v1/members/${member.id}`),
      await api.post('/api/v1/identities', { name: 'n' }),
      await api.patch(`/api/v1/identities/${identity.id}`, { name: 'renamed' }),
      await api.post(`/api/v1/identities/${identity.id}/disable`),
      await api.post('/api/v1/admin/businesses', { name: 'n' }),
      await api.patch(`/api/v1/admin/businesses/${id}`, { name: 'renamed' }),
      await api.post(`/api/v1/admin/businesses/${id}/suspend`),
      await api.post('/api/v1/admin/tokens', { name: 'n' }),
    ];
    expect(refused.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
      refused.map(() => '503 audit.unwritable'),
    );
    expect(refused.every(({ headers }) => Number(headers['retry-after']) > 0)).toBe(true);
    expect(await everything()).toEqual(before);
    for (const { secret } of [token, ofIdentity])
      expect((await api.post('/api/v1/tokens/verify', { token: secret })).body.active).toBe(true);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
    expect((await api.get('/api/v1/members')).status).toBe(200);
    await writable(true);
  });

  it('a denied access is not answered as denied, since nobody would know of it', async () => {
    const auditor = await aToken(business, { role: 'auditor' });
    await writable(false);
    expect((await auditor.api.post('/api/v1/members', {})).status).toBe(503);
    await writable(true);
    expect((await auditor.api.post('/api/v1/members', {})).status).toBe(403);
  });

  it('it is not ready, names the audit log as the reason, and recovers without a restart', async () => {
    const token = await aToken(business);
    const ready = () => exchange(app.url, { method: 'GET', path: '/health/ready' });
    await writable(false);
    const { text } = await waitFor('unreadiness', async () => {
      const answer = await ready();
      return answer.status === 503 && answer;
    });
    expect(JSON.parse(text)).toMatchObject({ audit: { status: 'down' }, database: { status: 'up' } });
    await writable(true);
    await app.ready();
    expect((await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status).toBe(201);
  });
});
