import { randomUUID } from 'node:crypto';
import { aMember, aToken } from '../../support/factories.js';
import { aDirectory, type Directory } from './scim-world.js';

describe('The groups of a directory', () => {
  let directory: Directory;
  let groups: Record<'admins' | 'developers', string>;
  beforeEach(async () => {
    directory = await aDirectory();
    groups = {
      admins: await directory.aGroup('Rescind Admins'),
      developers: await directory.aGroup('developers'),
    };
    await directory.map({ 'rescind admins': 'admin', Developers: 'developer' });
  });

  const add = (group: string, ...ids: string[]) =>
    directory.patch(`/Groups/${group}`, {
      op: 'add',
      path: 'members',
      value: ids.map((value) => ({ value })),
    });
  const take = (group: string, id: string) =>
    directory.patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${id}"]` });
  const roleOf = async (id: string): Promise<string> => (await directory.member(id))?.role as string;
  const aUser = () => directory.aUser(`${randomUUID()}@example.com`);

  it('give a new user nothing, and then the highest role of them all, at once', async () => {
    const id = await aUser();
    expect(await directory.member(id)).toMatchObject({ role: 'no-access', mapped_role: null });
    await add(groups.developers, id);
    expect(await roleOf(id)).toBe('developer');
    await add(groups.admins, id);
    expect(await directory.member(id)).toMatchObject({
      role: 'admin',
      mapped_role: 'admin',
      manual_role: null,
    });
    await take(groups.admins, id);
    expect(await roleOf(id)).toBe('developer');
    await take(groups.developers, id);
    expect(await roleOf(id)).toBe('no-access');
    const roles = (await directory.events('member.changed')).map(({ details }) => [
      details.role_before,
      details.role_after,
    ]);
    expect(roles).toEqual([
      ['developer', 'no-access'],
      ['admin', 'developer'],
      ['developer', 'admin'],
      ['no-access', 'developer'],
    ]);
  });

  it('limit every token of a member when it is answered', async () => {
    const id = await aUser();
    await add(groups.admins, id);
    const { email } = await directory.member(id);
    const token = await aToken(directory.business, { member: { id, email, role: 'admin' } });
    expect((await token.api.get('/api/v1/members')).status).toBe(200);
    await take(groups.admins, id);
    expect((await token.api.get('/api/v1/members')).status).toBe(403);
  });

  it('and what was given by hand: the lower one holds, unless it is pinned', async () => {
    const { id } = await aMember(directory.business, 'admin');
    await add(groups.developers, id);
    expect(await directory.member(id)).toMatchObject({
      role: 'developer',
      manual_role: 'admin',
      mapped_role: 'developer',
    });
    const { api } = directory.business;
    expect((await api.patch(`/api/v1/members/${id}`, { role_pinned: true })).body.role).toBe('admin');
    await take(groups.developers, id);
    expect(await roleOf(id)).toBe('admin');
    await add(groups.developers, id);
    expect((await api.patch(`/api/v1/members/${id}`, { role_pinned: false })).body.role).toBe('developer');
    expect((await api.patch(`/api/v1/members/${id}`, { role: 'auditor' })).body.role).toBe('auditor');
  });

  it('give back nothing that they held down: leaving a group never raises a role', async () => {
    const { id } = await aMember(directory.business, 'admin');
    await add(groups.developers, id);
    await take(groups.developers, id);
    expect(await roleOf(id)).toBe('no-access');
  });

  it('are evaluated when one is renamed, deleted or replaced, and when the mapping changes', async () => {
    const id = await aUser();
    await add(groups.developers, id);
    await directory.patch(`/Groups/${groups.developers}`, {
      op: 'replace',
      path: 'displayName',
      value: 'others',
    });
    expect(await roleOf(id)).toBe('no-access');
    await directory.map({ others: 'auditor' });
    expect(await roleOf(id)).toBe('auditor');
    await directory.map({}, 'developer');
    expect(await roleOf(id)).toBe('developer');
    expect(await roleOf(await aUser())).toBe('developer');
    await directory.map({ others: 'admin' });
    expect(await roleOf(id)).toBe('admin');
    expect((await directory.ask('DELETE', `/Groups/${groups.developers}`)).status).toBe(204);
    expect(await roleOf(id)).toBe('no-access');
  });

  it('hold for who comes back', async () => {
    const id = await aUser();
    await add(groups.admins, id);
    await directory.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
    await take(groups.admins, id);
    await add(groups.developers, id);
    await directory.patch(`/Users/${id}`, { op: 'replace', value: { active: true } });
    expect(await roleOf(id)).toBe('developer');
  });

  it('never give or take a role above that of the directory’s own token', async () => {
    const admin = await aDirectory('admin', directory.business);
    const owners = await directory.aGroup('owners');
    await directory.map({ owners: 'owner' });
    const id = await aUser();
    const raised = await admin.patch(`/Groups/${owners}`, {
      op: 'add',
      path: 'members',
      value: [{ value: id }],
    });
    expect([raised.status, await roleOf(id)]).toEqual([403, 'no-access']);
    await add(owners, id);
    expect(await roleOf(id)).toBe('owner');
    for (const answer of [
      await admin.patch(`/Groups/${owners}`, { op: 'remove', path: 'members' }),
      await admin.patch(`/Users/${id}`, { op: 'replace', value: { active: false } }),
      await admin.patch(`/Users/${id}`, { op: 'replace', value: { displayName: 'mine' } }),
      await admin.ask('DELETE', `/Users/${id}`),
    ])
      expect(answer.status).toBe(403);
    expect(await roleOf(id)).toBe('owner');
  });

  it('never take the last owner', async () => {
    const owners = await directory.aGroup('owners');
    await directory.map({ owners: 'owner' });
    const id = await aUser();
    await add(owners, id);
    expect((await take(owners, id)).status).toBe(409);
    expect((await directory.ask('DELETE', `/Groups/${owners}`)).status).toBe(409);
    const { status } = await directory.business.api.put('/api/v1/role-mapping', {
      groups: [],
      default_role: 'admin',
    });
    expect([status, await roleOf(id)]).toEqual([409, 'owner']);
    const { body } = await directory.business.api.get('/api/v1/role-mapping');
    expect(body).toEqual({ groups: [{ group: 'owners', role: 'owner' }], default_role: 'no-access' });
  });

  it('have members who exist, and one name each', async () => {
    const id = await aUser();
    const other = await (await aDirectory()).aUser('ada@example.com');
    for (const value of [randomUUID(), other, groups.admins]) {
      const { status, body } = await add(groups.admins, id, value);
      expect([status, body.scimType]).toEqual([400, 'invalidValue']);
    }
    expect((await directory.ask('GET', `/Groups/${groups.admins}`)).body.members).toEqual([]);
    const renamed = await directory.patch(`/Groups/${groups.admins}`, {
      op: 'replace',
      path: 'displayName',
      value: 'DEVELOPERS',
    });
    expect([renamed.status, renamed.body.scimType]).toEqual([409, 'uniqueness']);
  });
});
