import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import { aBusiness, anIdentity, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { operationsOf } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';

const IDENTITIES = '/api/v1/identities';
const TOKEN_AUTH = '/api/v1/auth/token-auth/identities';

/** The calls of Infisical's Terraform provider for `infisical_identity` and Token Auth, in its order. */
describe('Infisical clients', () => {
  let business: TestBusiness;
  let admin: Api;
  beforeAll(async () => {
    business = await aBusiness();
    admin = (await aToken(business, { role: 'admin', expiresInDays: null })).api.within(null);
  });
  const created = async (role?: string): Promise<string> => {
    const body = { name: `ci-${randomUUID().slice(0, 8)}`, organizationId: business.id, role };
    const answer = await admin.post(IDENTITIES, body);
    expect(answer.status).toBe(200);
    return answer.body.identity.id as string;
  };

  it('find their organization, create an identity in it, and read and import it as they wrote it', async () => {
    const { status, body: found } = await admin.get('/api/v1/organization');
    expect([status, found.organizations]).toEqual([
      200,
      [{ id: business.id, name: expect.any(String) as string, slug: expect.any(String) as string }],
    ]);
    const organizationId = found.organizations[0].id as string;
    for (const role of ['admin', 'member', 'no-access']) {
      const answer = await admin.post(IDENTITIES, { name: 'ci', organizationId, role });
      expect([answer.status, answer.body.identity]).toMatchObject([200, { name: 'ci', orgId: business.id }]);
      const id = answer.body.identity.id as string;
      const read = await admin.get(`${IDENTITIES}/${id}`);
      expect([read.status, read.body.identity]).toMatchObject([
        200,
        { id, role, customRole: null, orgId: business.id, identity: { id, name: 'ci', authMethods: [] } },
      ]);
    }
  });

  it('attach Token Auth to it, issue a token, and see both in what they read', async () => {
    const id = await created('member');
    expect((await admin.post(`${TOKEN_AUTH}/${id}`, {})).status).toBe(200);
    expect((await admin.get(`${IDENTITIES}/${id}`)).body.identity.identity.authMethods).toEqual([
      'token-auth',
    ]);
    const { body } = await admin.post(`${TOKEN_AUTH}/${id}/tokens`, { name: 'ci' });
    expect((await admin.as(body.accessToken as string).get('/api/v1/organization')).status).toBe(200);
  });

  it('change its name and role, and delete it: its tokens are refused, and it is gone', async () => {
    const id = await created('no-access');
    const changed = await admin.patch(`${IDENTITIES}/${id}`, {
      name: 'renamed',
      role: 'member',
      identityId: id,
    });
    expect([changed.status, changed.body.identity.name]).toEqual([200, 'renamed']);
    expect((await admin.get(`${IDENTITIES}/${id}`)).body.identity.role).toBe('member');
    const token = await aToken(business, { identityId: id });
    expect((await admin.delete(`${IDENTITIES}/${id}`, { identityId: id })).status).toBe(200);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    for (const method of ['GET', 'PATCH']) {
      const { status, body } = await admin.call(
        method,
        `${IDENTITIES}/${id}`,
        method === 'GET' ? {} : { body: {} },
      );
      expect([status, body.error, body.reqId]).toEqual([404, 'NotFound', expect.stringMatching(/^req-/)]);
    }
  });

  it('get no access for an identity unless they ask for some: its tokens manage nothing', async () => {
    const id = await created();
    expect((await admin.get(`${IDENTITIES}/${id}`)).body.identity.role).toBe('no-access');
    const { body } = await business.api.post('/api/v1/tokens', {
      name: 'without access',
      identity_id: id,
      scopes: ['jobs:read', 'rescind:business:admin'],
    });
    const secret =
      body.token === undefined ? (await aToken(business, { identityId: id })).secret : (body.token as string);
    const bare = admin.as(secret);
    for (const path of ['/api/v1/tokens', '/api/v1/audit/events', '/api/v1/members', IDENTITIES])
      expect([path, (await bare.within(business.id).get(path)).status]).toEqual([path, 403]);
    expect((await bare.get(`${IDENTITIES}/${id}`)).status).toBe(403);
    expect((await bare.get('/api/public/v1/tokens')).status).toBe(403);
    const verdict = await business.api.post('/api/v1/tokens/verify', { token: secret });
    expect(verdict.body).toMatchObject({ active: true, owner: { id, role: 'no-access' } });
  });

  it('see roles that Infisical has no word for as custom ones, and may give them', async () => {
    for (const role of ['owner', 'auditor'] as const) {
      const { id } = await anIdentity(business, role);
      expect((await admin.get(`${IDENTITIES}/${id}`)).body.identity).toMatchObject({
        role: 'custom',
        customRole: { slug: role },
      });
    }
    expect((await admin.get(`${IDENTITIES}/${await created('auditor')}`)).body.identity.customRole.slug).toBe(
      'auditor',
    );
  });

  it('are refused in their own words: 403 for another organization, 404 for an unknown identity, 422 for a bad input', async () => {
    const foreign = await aBusiness();
    for (const organizationId of [foreign.id, randomUUID(), 'nobody']) {
      const { status, body } = await admin.post(IDENTITIES, { name: 'ci', organizationId });
      expect([status, body.error]).toEqual([403, 'ForbiddenError']);
    }
    for (const id of [(await anIdentity(foreign)).id, randomUUID()]) {
      for (const method of ['GET', 'DELETE'])
        expect((await admin.call(method, `${IDENTITIES}/${id}`)).body).toMatchObject({ error: 'NotFound' });
    }
    for (const body of [
      { name: 'ci' },
      { organizationId: business.id },
      { name: 'ci', organizationId: business.id, role: 'root' },
      { name: 'ci', organizationId: business.id, hasDeleteProtection: true },
    ])
      expect((await admin.post(IDENTITIES, body)).body).toMatchObject({ error: 'ValidationFailure' });
    expect((await admin.as(null).get(`${IDENTITIES}/${randomUUID()}`)).body).toMatchObject({
      error: 'UnauthorizedError',
    });
  });

  it('may end an address with a slash', async () => {
    const id = await created('member');
    for (const path of [`${IDENTITIES}/${id}/`, '/api/v1/organization/', '/api/v1/identities/details/'])
      expect([path, (await admin.get(path)).status]).toEqual([path, 200]);
    expect((await admin.post(`${IDENTITIES}/`, { name: 'ci', organizationId: business.id })).status).toBe(
      200,
    );
    expect((await admin.post(`${TOKEN_AUTH}/${id}/`, {})).status).toBe(200);
  });

  it('get the same answer with a slash at the end of any address, in every dialect', async () => {
    const { url } = await sharedApp();
    for (const name of ['opentrain', 'infisical', 'vcita'] as const) {
      const { operations } = await operationsOf(url, name);
      for (const operation of operations) {
        const { method } = operation;
        const path = operation.address(() => randomUUID());
        const [plain, slashed] = [await admin.call(method, path), await admin.call(method, `${path}/`)];
        expect([method, path, slashed.status]).toEqual([method, path, plain.status]);
        expect((await admin.as(null).call(method, `${path}/`)).status).not.toBe(404);
      }
    }
  });

  it('that are the platform name the organization on whose behalf they act', async () => {
    const id = await created('member');
    const headers = { 'x-on-behalf-of': business.id };
    const directory = await platform();
    expect((await directory.call('GET', `${IDENTITIES}/${id}`, { headers })).status).toBe(200);
    const { status, body } = await directory.get(`${IDENTITIES}/${id}`);
    // The other header would select the native route.
    expect([status, body.message]).toEqual([400, expect.stringContaining('x-on-behalf-of')]);
  });

  it('and the native ones do not get in each other’s way: a request with x-business-id is native', async () => {
    const native = admin.within(business.id);
    const made = await native.post(IDENTITIES, { name: 'native' });
    expect([made.status, made.body.role]).toEqual([201, 'developer']);
    expect((await native.get(`${IDENTITIES}/${made.body.id}`)).body).toMatchObject({ name: 'native' });
    expect((await native.get(`${IDENTITIES}/${randomUUID()}`)).body).toMatchObject({
      code: 'identity.not_found',
    });
    expect((await native.patch(`${IDENTITIES}/${made.body.id}`, { name: 'again' })).body).toMatchObject({
      name: 'again',
    });
    const input = { name: 'both', organizationId: business.id };
    expect((await native.post(IDENTITIES, input)).body.detail[0].loc).toEqual(['body', 'organizationId']);
    const headers = { 'x-business-id': '' };
    const empty = await admin.call('POST', IDENTITIES, { headers, body: input });
    expect([empty.status, empty.body.code]).toEqual([400, 'business.header_missing']);
    const list = await admin.get(IDENTITIES);
    expect([list.status, list.body.code]).toEqual([400, 'business.header_missing']);
  });
});
