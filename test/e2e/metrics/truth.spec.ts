import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PATCH_OP } from '../../../src/dialects/scim/scim-urns.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import {
  aBusiness,
  aMember,
  aToken,
  anIdentity,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

describe('the metrics of a process', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    business = await aBusiness({ url: app.url });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const text = async (): Promise<string> =>
    (await exchange(app.url, { method: 'GET', path: '/metrics' })).text;
  const valueOf = async (series: string): Promise<number> => {
    const line = (await text()).split('\n').find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  };
  const revoked = (cause: string): Promise<number> =>
    valueOf(`rescind_tokens_revoked_total{cause="${cause}"}`);

  it('count the tokens that are revoked, in every dialect and by cause', async () => {
    const identity = await anIdentity(business);
    const ofIdentity = (): Promise<TestToken> => aToken(business, { identityId: identity.id });
    const [native, infisical, vcita, oauth] = await Promise.all([
      ofIdentity(),
      ofIdentity(),
      ofIdentity(),
      ofIdentity(),
    ]);
    await business.api.post(`/api/v1/tokens/${native.id}/revoke`);
    await business.api.post(`/api/v1/auth/token-auth/tokens/${infisical.id}/revoke`);
    await business.api.post('/platform/v1/tokens/revoke', { token: vcita.secret });
    await exchange(app.url, {
      method: 'POST',
      path: '/oauth/revoke',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: `token=${oauth.secret}`,
    });
    expect(await revoked('request')).toBe(4);
    // A repeated call revokes nothing.
    await business.api.post(`/api/v1/tokens/${native.id}/revoke`);
    expect(await revoked('request')).toBe(4);
    const member = await aMember(business);
    await aToken(business, { member });
    await aToken(business, { member });
    await business.api.delete(`/api/v1/members/${member.id}`);
    await aToken(business, { identityId: identity.id });
    await business.api.post(`/api/v1/identities/${identity.id}/disable`);
    expect(await revoked('owner')).toBe(3);
    const parent = await aToken(business, { role: 'admin' });
    await parent.api.post('/api/v1/tokens', { name: 'child' });
    await business.api.post(`/api/v1/tokens/${parent.id}/revoke`, { children: true });
    expect([await revoked('request'), await revoked('parent')]).toEqual([5, 1]);
    expect(
      await valueOf('rescind_revocation_confirmation_seconds_count{outcome="confirmed"}'),
    ).toBeGreaterThanOrEqual(7);
  });

  it('count those of OpenTrain, of a directory, of a selection and of a cut-off as well', async () => {
    const before = { owner: await revoked('owner'), request: await revoked('request') };
    const owner = await aToken(business, { role: 'owner' });
    const opentrain = await aToken(business, { role: 'admin' });
    const gone = await opentrain.api.within(null).delete(`/api/public/v1/tokens/${opentrain.id}`);
    expect([gone.status, await revoked('request')]).toEqual([200, before.request + 1]);

    const member = await aMember(business);
    await aToken(business, { member });
    await aToken(business, { member });
    const deactivated = await exchange(app.url, {
      method: 'PATCH',
      path: `/scim/v2/Users/${member.id}`,
      headers: [
        ['authorization', `Bearer ${owner.secret}`],
        ['content-type', 'application/scim+json'],
      ],
      body: JSON.stringify({
        schemas: [PATCH_OP],
        Operations: [{ op: 'replace', value: { active: false } }],
      }),
    });
    expect([deactivated.status, await revoked('owner')]).toEqual([200, before.owner + 2]);

    const identity = await anIdentity(business);
    await aToken(business, { identityId: identity.id, name: 'chosen' });
    await aToken(business, { identityId: identity.id, name: 'cut off' });
    const reason = 'a test';
    await business.api.post('/api/v1/revocations', {
      selector: { name: 'chosen', identity_id: identity.id },
      reason,
    });
    expect(await revoked('selection')).toBe(1);
    await business.api.post('/api/v1/revocations', { selector: { identity: identity.id }, reason });
    await waitFor('the marking', async () => (await revoked('cut_off')) === 1);
  });

  it('begin at 0 with what they alert on, so that the first count is growth', async () => {
    for (const reason of ['unknown', 'revoked', 'expired'])
      expect(await valueOf(`rescind_failed_authentications_total{reason="${reason}"}`)).toBe(0);
    for (const outcome of ['unknown', 'suspended', 'exhausted'])
      expect(await valueOf(`rescind_verdicts_total{outcome="${outcome}"}`)).toBe(0);
  });

  it('count failed authentications, and tell of the lease, the verifiers, the seal and the build', async () => {
    const api = await platform(app.url);
    await api.as('dz_nonsense').get('/api/v1/admin/businesses');
    expect(await text()).toMatch(/^rescind_failed_authentications_total\{reason="\w+"\} [1-9]/m);
    await waitFor('a lease', async () => (await valueOf('rescind_lease_held')) === 1);
    expect(await valueOf('rescind_verifiers_registered')).toBe(1);
    await waitFor(
      'the seal to catch up',
      async () => (await valueOf('rescind_audit_seal_lag_seconds')) === 0,
    );
    expect(await text()).toMatch(/^rescind_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
  });

  it('say which of them are counters, by type and by name', async () => {
    const types = [...(await text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => ({
      name,
      type,
    }));
    expect(types.length).toBeGreaterThan(20);
    expect(types.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))).toEqual([]);
  });

  it('a disk that is full makes it not ready, until a change succeeds', async () => {
    const ready = async (): Promise<[number, object]> => {
      const { status, text: report } = await exchange(app.url, { method: 'GET', path: '/health/ready' });
      return [status, (JSON.parse(report) as { disk: object }).disk];
    };
    await sql(
      database.superuserUrl,
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
       CREATE TRIGGER full_disk BEFORE INSERT ON identities FOR EACH ROW EXECUTE FUNCTION full_disk()`,
    );
    const refused = await business.api.post('/api/v1/identities', { name: 'ci', role: 'developer' });
    expect(refused.status).toBe(503);
    expect(await ready()).toEqual([
      503,
      {
        status: 'down',
        detail: 'The disk of the database is full, so changes are refused: free disk space.',
      },
    ]);
    await sql(database.superuserUrl, 'DROP TRIGGER full_disk ON identities');
    await anIdentity(business);
    // The lease may have run out meanwhile on a busy machine: that is another part of the report.
    const [, disk] = await ready();
    expect(disk).toEqual({ status: 'up', detail: null });
    await waitFor('readiness', async () => (await ready())[0] === 200);
  });
});
