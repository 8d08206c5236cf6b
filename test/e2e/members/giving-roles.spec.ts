import { randomUUID } from 'node:crypto';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { aDirectory, Directory } from '../scim/scim-world.js';
import { sharedApp } from '../../support/shared-app.js';

const account = () => ({ issuer: 'https://id.example.com', subject: randomUUID() });
const newcomer = (role: string) => ({ email: `${randomUUID()}@example.com`, name: 'Somebody', role });

/** A token of an owner's machine that may do only `scope`. */
async function narrow(business: TestBusiness, scope: string) {
  const { id: identityId } = await anIdentity(business, 'owner');
  return aToken(business, { identityId, scopes: [scope] });
}

describe('With rescind:members:write alone', () => {
  let business: TestBusiness;
  let api: Awaited<ReturnType<typeof narrow>>['api'];
  let answer: { status: number; body: unknown };
  beforeAll(async () => {
    business = await aBusiness();
    ({ api } = await narrow(business, 'rescind:members:write'));
  });
  const refused = (text = 'The role of an administrator is given with rescind:business:admin.') => {
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain(text);
  };

  it.each(['owner', 'admin'])('nobody becomes %s: no new member, no old one, no machine', async (role) => {
    const { id } = await aMember(business, 'developer');
    const machine = await anIdentity(business, 'developer');
    answer = await api.post('/api/v1/members', newcomer(role));
    refused();
    answer = await api.patch(`/api/v1/members/${id}`, { role });
    refused();
    answer = await api.patch(`/api/v1/members/${id}`, { role, role_pinned: true });
    refused();
    answer = await api.post('/api/v1/identities', { name: 'a machine', role });
    refused();
    answer = await api.patch(`/api/v1/identities/${machine.id}`, { role });
    refused();
    const disabled = await anIdentity(business, role as 'owner');
    expect((await api.post(`/api/v1/identities/${disabled.id}/disable`)).status).toBe(201);
    answer = await api.post(`/api/v1/identities/${disabled.id}/enable`);
    refused();
    expect((await business.api.get(`/api/v1/members/${id}`)).body.role).toBe('developer');
  });

  it('nor does an administrator become owner, or outlast the groups that made them one', async () => {
    const { id } = await aMember(business, 'admin');
    answer = await api.patch(`/api/v1/members/${id}`, { role: 'owner' });
    refused();
    answer = await api.patch(`/api/v1/members/${id}`, { role_pinned: true });
    refused();
  });

  it('nobody is given an account to sign in with, whatever their role', async () => {
    for (const role of ['owner', 'developer', 'auditor'] as const) {
      const { id } = await aMember(business, role);
      answer = await api.post(`/api/v1/members/${id}/accounts`, account());
      expect(answer.status).toBe(403);
    }
  });

  it('a directory of before gives nobody the role of an administrator, and says what would', async () => {
    const { id: identityId } = await anIdentity(business, 'owner');
    const { secret } = await aToken(business, { identityId, scopes: ['rescind:members:write'] });
    const directory = new Directory(business, (await sharedApp()).url, secret);
    const group = await directory.aGroup('admins');
    await directory.map({ admins: 'admin', developers: 'developer' });
    const user = await directory.aUser(`${randomUUID()}@example.com`);
    const members = { op: 'add', path: 'members', value: [{ value: user }] };
    answer = await directory.patch(`/Groups/${group}`, members);
    refused('The role of an administrator is given with rescind:directory:write or rescind:business:admin.');
    const developers = await directory.aGroup('developers');
    expect((await directory.patch(`/Groups/${developers}`, members)).status).toBe(200);
    const admin = await aMember(business, 'admin');
    const active = (value: boolean) => ({ op: 'replace', path: 'active', value });
    expect((await directory.patch(`/Users/${admin.id}`, active(false))).status).toBe(200);
    answer = await directory.patch(`/Users/${admin.id}`, active(true));
    refused('The role of an administrator is given with');
  });

  it('all that takes away is done, and smaller roles are given', async () => {
    const owner = await aMember(business, 'owner');
    expect((await api.patch(`/api/v1/members/${owner.id}`, { role: 'admin', name: 'Less' })).status).toBe(
      200,
    );
    expect((await api.patch(`/api/v1/members/${owner.id}`, { role: 'auditor' })).status).toBe(200);
    expect((await api.patch(`/api/v1/members/${owner.id}`, { role: 'developer' })).status).toBe(200);
    expect((await api.post('/api/v1/members', newcomer('developer'))).status).toBe(201);
    expect((await api.delete(`/api/v1/members/${owner.id}`)).status).toBe(200);
  });
});

describe('With rescind:directory:write alone', () => {
  it('a directory gives the roles that the mapping says, and nothing else', async () => {
    const directory = await aDirectory('owner', undefined, 'rescind:directory:write');
    const { business } = directory;
    const group = await directory.aGroup('admins');
    await directory.map({ admins: 'admin' });
    const user = await directory.aUser(`${randomUUID()}@example.com`);
    const members = { op: 'add', path: 'members', value: [{ value: user }] };
    expect((await directory.patch(`/Groups/${group}`, members)).status).toBe(200);
    expect((await directory.member(user))?.role).toBe('admin');
    const { api } = await narrow(business, 'rescind:directory:write');
    for (const call of [
      api.post('/api/v1/members', newcomer('developer')),
      api.patch(`/api/v1/members/${user}`, { role_pinned: true }),
      api.post(`/api/v1/members/${user}/accounts`, account()),
      api.put('/api/v1/role-mapping', { groups: [], default_role: 'owner' }),
      api.post('/api/v1/identities', { name: 'a machine', role: 'developer' }),
      api.get('/api/v1/members'),
    ])
      expect((await call).status).toBe(403);
  });
});
