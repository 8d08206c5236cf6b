import { randomUUID } from 'node:crypto';
import { aBusiness, anIdentity, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { sql } from '../../support/databases.js';
import { Directory } from '../scim/scim-world.js';

describe('What a token has made, when it is revoked as leaked', () => {
  let business: TestBusiness;
  beforeEach(async () => {
    business = await aBusiness();
    await aMember(business, 'owner');
  });

  const aLeak = async (scopes = ['rescind:business:admin']) => {
    const { id: identityId } = await anIdentity(business, 'owner');
    return aToken(business, { identityId, scopes });
  };
  const leaks = async (id: string, more: object = {}): Promise<void> => {
    const { status } = await business.api.post(`/api/v1/tokens/${id}/revoke`, { reason: 'leaked', ...more });
    expect(status).toBe(201);
  };
  const add = async (api: TestBusiness['api'], role = 'developer') => {
    const { status, body } = await api.post('/api/v1/members', {
      ...{ email: `${randomUUID()}@example.com`, name: 'Somebody', role },
    });
    expect(status).toBe(201);
    return body as { id: string; email: string; added_by_token: string | null };
  };
  const member = async (id: string) => {
    const { status, body } = await business.api.get(`/api/v1/members/${id}`);
    return status === 200 ? (body as { role: string }) : null;
  };
  const events = async (action: string) =>
    sql<{ target_id: string; details: Record<string, unknown>; reason: string | null }>(
      (await sharedApp()).superuserUrl,
      'SELECT target_id, details, reason FROM audit_events WHERE business_id = $1 AND action = $2 ORDER BY sequence DESC',
      [business.id, action],
    );

  it('members are deactivated whom it or its children have added and nobody else vouches for', async () => {
    const leaked = await aLeak();
    const issued = await leaked.api.post('/api/v1/tokens', {
      ...{ name: 'a child', scopes: ['rescind:business:admin'] },
    });
    const child = {
      id: issued.body.token_info.id as string,
      api: business.api.as(issued.body.token as string),
    };
    const [puppet, ofChild, vouched] = [
      await add(leaked.api, 'owner'),
      await add(child.api, 'admin'),
      await add(leaked.api),
    ];
    expect([puppet.added_by_token, ofChild.added_by_token]).toEqual([leaked.id, child.id]);
    const theirs = await leaked.api.post('/api/v1/tokens', {
      ...{ name: 'of the puppet', owner_email: puppet.email, scopes: ['rescind:business:admin'] },
    });
    await aToken(business, { member: { ...vouched, role: 'developer' } });
    const old = await add(business.api);
    const before = await business.api.get(`/api/v1/tokens/${leaked.id}/lineage`);
    expect(before.body).toMatchObject({ tokens: 3, accounts: 0, members: 2, role_mapping: false });
    expect((before.body.first_members as { id: string }[]).map(({ id }) => id).sort()).toEqual(
      [puppet.id, ofChild.id].sort(),
    );
    expect((await leaked.api.get(`/api/v1/tokens/${randomUUID()}/lineage`)).status).toBe(404);
    await leaks(leaked.id);
    const after = await business.api.get(`/api/v1/tokens/${leaked.id}/lineage`);
    expect(after.body).toMatchObject({ tokens: 0, members: 0, first_members: [] });
    expect(await Promise.all([puppet, ofChild, vouched, old].map(({ id }) => member(id)))).toEqual([
      null,
      null,
      expect.objectContaining({ role: 'developer' }),
      expect.objectContaining({ role: 'developer' }),
    ]);
    expect((await business.api.as(theirs.body.token as string).get('/api/v1/members')).status).toBe(401);
    const ended = (await events('member.deactivated')).map(({ target_id, details, reason }) => [
      target_id,
      details.added_by_token,
      reason,
    ]);
    expect(ended.sort()).toEqual(
      [
        [puppet.id, leaked.id, 'leaked'],
        [ofChild.id, child.id, 'leaked'],
      ].sort(),
    );
  });

  it('whom it or its children raised has the role of before, unless somebody else has set another one since', async () => {
    const { id: identityId } = await anIdentity(business, 'owner');
    const leaked = await aToken(business, { identityId, scopes: ['rescind:business:admin'] });
    const issued = await leaked.api.post('/api/v1/tokens', {
      ...{ name: 'a child', scopes: ['rescind:business:admin'] },
    });
    const child = business.api.as(issued.body.token as string);
    const set = async (api: TestBusiness['api'], id: string, body: object): Promise<void> => {
      expect((await api.patch(`/api/v1/members/${id}`, body)).status).toBe(200);
    };
    const [raised, twice, settled, lowered, renamed, pinned] = [
      await aMember(business, 'developer'),
      await aMember(business, 'auditor'),
      await aMember(business, 'developer'),
      await aMember(business, 'admin'),
      await aMember(business, 'developer'),
      await aMember(business, 'auditor'),
    ];
    await set(leaked.api, raised.id, { role: 'owner' });
    await set(leaked.api, twice.id, { role: 'developer' });
    await set(child, twice.id, { role: 'admin' });
    await set(leaked.api, settled.id, { role: 'owner' });
    await set(business.api, settled.id, { role: 'admin' });
    await set(leaked.api, lowered.id, { role: 'auditor' });
    await set(leaked.api, renamed.id, { role: 'admin' });
    await set(business.api, renamed.id, { name: 'Another' });
    await set(leaked.api, pinned.id, { role: 'admin', role_pinned: true });
    const theirs = await aToken(business, { member: { ...raised, role: 'owner' } });
    const before = await business.api.get(`/api/v1/tokens/${leaked.id}/lineage`);
    expect(before.body).toMatchObject({ roles: 4 });
    expect(before.body.first_roles).toContainEqual({
      ...{ member_id: twice.id, email: twice.email, role_before: 'auditor' },
      raised_by_token: leaked.id,
    });
    await leaks(leaked.id);
    const all = [raised, twice, settled, lowered, renamed, pinned];
    expect(await Promise.all(all.map(async ({ id }) => (await member(id))?.role))).toEqual([
      'developer',
      'auditor',
      'admin',
      'auditor',
      'developer',
      'auditor',
    ]);
    const { body } = await business.api.get(`/api/v1/members/${pinned.id}`);
    expect(body).toMatchObject({ role_pinned: false });
    // What they do with their own tokens is of the role of before at once.
    expect(
      (await theirs.api.post('/api/v1/members', { email: 'x@example.com', name: 'X', role: 'owner' })).status,
    ).toBe(403);
    const after = await business.api.get(`/api/v1/tokens/${leaked.id}/lineage`);
    expect(after.body).toMatchObject({ roles: 0, first_roles: [] });
    const taken = (await events('member.changed')).filter(({ reason }) => reason === 'leaked');
    expect(taken.map(({ target_id }) => target_id).sort()).toEqual(
      [raised, twice, renamed, pinned].map(({ id }) => id).sort(),
    );
    expect(taken.find(({ target_id }) => target_id === raised.id)?.details).toMatchObject({
      ...{ role_before: 'owner', role_after: 'developer', raised_by_token: leaked.id },
    });
  });

  it('whom a directory had let in comes back with its next token, and whom it had not does not', async () => {
    const { url } = await sharedApp();
    const leaked = await aLeak(['rescind:directory:write']);
    const user = await new Directory(business, url, leaked.secret).aUser(`${randomUUID()}@example.com`);
    expect((await business.api.get(`/api/v1/members/${user}`)).body.added_by_token).toBe(leaked.id);
    await leaks(leaked.id);
    expect(await member(user)).toBeNull();
    const next = await aLeak(['rescind:directory:write']);
    const active = { op: 'replace', path: 'active', value: true };
    const back = await new Directory(business, url, next.secret).patch(`/Users/${user}`, active);
    expect(back.status).toBe(200);
    expect((await business.api.get(`/api/v1/members/${user}`)).body.added_by_token).toBe(next.id);
    await leaks(next.id);
    expect(await member(user)).toBeNull();
  });

  it('what it put into the role mapping is taken out, with the roles that it gave, and the rest stays', async () => {
    const { url } = await sharedApp();
    const ofDirectory = await aLeak(['rescind:directory:write']);
    const directory = new Directory(business, url, ofDirectory.secret);
    const [good, all] = [await directory.aGroup('good'), await directory.aGroup('all')];
    const [kept, puppet] = [
      await directory.aUser(`${randomUUID()}@example.com`),
      await directory.aUser(`${randomUUID()}@example.com`),
    ];
    await directory.map({ good: 'developer' });
    const leaked = await aLeak();
    const groups = [
      { group: 'good', role: 'developer' },
      { group: 'all', role: 'owner' },
    ];
    const set = await leaked.api.put('/api/v1/role-mapping', { groups, default_role: 'admin' });
    expect(set.body).toEqual({ groups, default_role: 'admin' });
    const lineage = await business.api.get(`/api/v1/tokens/${leaked.id}/lineage`);
    expect(lineage.body).toMatchObject({ tokens: 1, members: 0, role_mapping: true });
    const into = (value: string) => ({ op: 'add', path: 'members', value: [{ value }] });
    expect((await directory.patch(`/Groups/${good}`, into(kept))).status).toBe(200);
    expect((await directory.patch(`/Groups/${all}`, into(puppet))).status).toBe(200);
    const late = await directory.aUser(`${randomUUID()}@example.com`);
    expect(await Promise.all([kept, puppet, late].map(member))).toMatchObject([
      { role: 'developer' },
      { role: 'owner' },
      { role: 'admin' },
    ]);
    await leaks(leaked.id);
    expect(await Promise.all([kept, puppet, late].map(member))).toMatchObject([
      { role: 'developer' },
      { role: 'no-access' },
      { role: 'no-access' },
    ]);
    const { body } = await business.api.get('/api/v1/role-mapping');
    expect(body).toMatchObject({ groups: [{ group: 'good', role: 'developer' }], default_role: 'no-access' });
    expect((await events('role_mapping.changed'))[0]?.details).toMatchObject({
      groups_before: ['good: developer', 'all: owner'],
      groups_after: ['good: developer'],
      default_role_after: 'no-access',
    });
  });

  it('all of it stays when the children are left out, or the reason is another', async () => {
    const [leaked, ended] = [await aLeak(), await aLeak()];
    const added = [await add(leaked.api), await add(ended.api)];
    const groups = [{ group: 'all', role: 'owner' }];
    expect((await leaked.api.put('/api/v1/role-mapping', { groups, default_role: 'no-access' })).status).toBe(
      200,
    );
    await leaks(leaked.id, { children: false });
    await business.api.post(`/api/v1/tokens/${ended.id}/revoke`, { reason: 'not needed' });
    expect(await Promise.all(added.map(({ id }) => member(id)))).not.toContain(null);
    expect((await business.api.get('/api/v1/role-mapping')).body.groups).toMatchObject(groups);
  });

  it('of a token of the platform with its children, in every business', async () => {
    const platform = business.api.within(null);
    const { body } = await platform.post('/api/v1/admin/tokens', { name: 'a back end' });
    const other = await aBusiness();
    const puppets: string[] = [];
    for (const { api } of [business, other]) {
      const by = api.as(body.token as string);
      puppets.push((await add(by, 'owner')).id);
      const groups = [{ group: 'all', role: 'owner' }];
      expect((await by.put('/api/v1/role-mapping', { groups, default_role: 'no-access' })).status).toBe(200);
    }
    const { id } = body.token_info as { id: string };
    const path = `/api/v1/admin/tokens/${id}/revoke`;
    expect((await platform.post(path, { reason: 'leaked', children: true })).status).toBe(201);
    for (const [index, { api }] of [business, other].entries()) {
      expect((await api.get(`/api/v1/members/${puppets[index]}`)).status).toBe(404);
      expect((await api.get('/api/v1/role-mapping')).body.groups).toEqual([]);
    }
  });
});
