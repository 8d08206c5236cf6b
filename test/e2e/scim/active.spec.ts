import { randomUUID } from 'node:crypto';
import { USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { aToken } from '../../support/factories.js';
import { aDirectory, type Directory } from './scim-world.js';

const EXTENSION = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('What may be about whether a user is active, and is not understood,', () => {
  let directory: Directory;
  let id: string;
  let userName: string;
  beforeAll(async () => {
    directory = await aDirectory();
    userName = `${randomUUID()}@example.com`;
    id = await directory.aUser(userName);
  });

  const unclear = async (answer: { status: number; body: { scimType?: string } }): Promise<void> => {
    expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await directory.ask('GET', `/Users/${id}`)).body.active).toBe(true);
  };

  it.each([
    ['a word', { op: 'replace', path: 'active', value: 'no' }],
    ['a number', { op: 'replace', path: 'active', value: 0 }],
    ['nothing', { op: 'replace', path: 'active', value: null }],
    ['no value', { op: 'replace', path: 'active' }],
    ['an empty string', { op: 'replace', path: 'active', value: '' }],
    ['a list', { op: 'replace', path: 'active', value: [false] }],
    ['two values', { op: 'replace', path: 'active', value: [{ value: false }, { value: false }] }],
    ['an object', { op: 'replace', path: 'active', value: { active: false } }],
    ['a removal', { op: 'remove', path: 'active' }],
    ['a removal with a filter', { op: 'remove', path: 'active[value eq true]' }],
    ['a part of it', { op: 'replace', path: 'active.value', value: false }],
    ['an object without a path', { op: 'replace', value: { active: { value: false } } }],
    ['an attribute of the directory', { op: 'replace', path: 'accountEnabled', value: 'False' }],
    ['an attribute without a path', { op: 'Replace', value: { accountEnabled: false } }],
    ['another attribute', { op: 'replace', value: { isActive: false } }],
    ['a status', { op: 'replace', path: 'status', value: 'DEPROVISIONED' }],
    ['an attribute of an extension', { op: 'replace', path: `${EXTENSION}:active`, value: false }],
    ['an extension', { op: 'replace', value: { [EXTENSION]: { accountEnabled: false } } }],
  ])('is refused and recorded in a PATCH: %s', async (_, operation) => {
    const before = (await directory.events('access.denied')).length;
    await unclear(
      await directory.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: 'X' }, operation),
    );
    const events = await directory.events('access.denied');
    expect(events.length).toBe(before + 1);
    expect(events[0]).toMatchObject({
      target_id: id,
      outcome: 'denied',
      details: { method: 'PATCH', route: '/scim/v2/Users/:id', code: 'scim.active_unclear' },
    });
    expect((await directory.ask('GET', `/Users/${id}`)).body.displayName).not.toBe('X');
  });

  it.each([
    ['a word', { active: 'inactive' }],
    ['null', { active: null }],
    ['another attribute', { accountEnabled: false }],
    ['an attribute of an extension', { [EXTENSION]: { isActive: false } }],
    ['contradicting values', { active: true, [`${USER_SCHEMA}:active`]: false }],
  ])('is refused and recorded in a PUT and a POST: %s', async (_, more) => {
    const before = (await directory.events('access.denied')).length;
    await unclear(await directory.ask('PUT', `/Users/${id}`, { schemas: [USER_SCHEMA], userName, ...more }));
    const { status } = await directory.createUser(`${randomUUID()}@example.com`, more);
    expect(status).toBe(400);
    expect((await directory.events('access.denied')).length).toBe(before + 2);
    expect((await directory.ask('GET', '/Users')).body.totalResults).toBe(1);
  });

  it('contradicts itself', async () => {
    await unclear(
      await directory.patch(
        `/Users/${id}`,
        { op: 'replace', path: 'active', value: true },
        { op: 'replace', value: { active: 'False' } },
      ),
    );
  });
});

describe('Deactivating', () => {
  it('the last owner is a conflict, which the directory shows, and changes nothing', async () => {
    const directory = await aDirectory();
    const { business } = directory;
    const owner = await aToken(business, { role: 'owner' });
    const { body } = await business.api.get('/api/v1/members');
    const id = body.items[0].id as string;
    const userName = body.items[0].email as string;
    for (const answer of [
      await directory.patch(
        `/Users/${id}`,
        { op: 'replace', path: 'displayName', value: 'X' },
        { op: 'replace', value: { active: false } },
      ),
      await directory.ask('PUT', `/Users/${id}`, { schemas: [USER_SCHEMA], userName, active: false }),
      await directory.ask('DELETE', `/Users/${id}`),
    ])
      expect([answer.status, answer.body.detail]).toEqual([409, 'A business keeps at least one owner.']);
    expect((await owner.api.get('/api/v1/tokens')).status).toBe(200);
    expect((await directory.ask('GET', `/Users/${id}`)).body).toMatchObject({
      active: true,
      displayName: 'The owner',
    });
  });

  it('again changes nothing, and leaves no event', async () => {
    const directory = await aDirectory();
    const id = await directory.aUser('ada@example.com');
    const off = { op: 'replace', value: { active: false } };
    for (let times = 0; times < 2; times++)
      expect((await directory.patch(`/Users/${id}`, off)).status).toBe(200);
    expect(await directory.events('member.deactivated')).toHaveLength(1);
  });

  it('leaves the person to an administrator, who may add them anew: another member, who is no longer the directory’s', async () => {
    const directory = await aDirectory();
    const { api } = directory.business;
    const id = await directory.aUser('ada@example.com');
    await directory.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
    const added = await api.post('/api/v1/members', {
      email: 'ada@example.com',
      name: 'Ada',
      role: 'auditor',
    });
    expect(added.status).toBe(201);
    expect((await directory.patch(`/Users/${id}`, { op: 'replace', value: { active: true } })).status).toBe(
      404,
    );
    const { body } = await directory.find('Users', 'userName eq "ada@example.com"');
    expect(body.Resources).toMatchObject([{ id: added.body.id, active: true }]);
  });

  it('by hand ends it for the directory too: nobody comes back with the next push of a profile', async () => {
    const directory = await aDirectory();
    const id = await directory.aUser('ada@example.com');
    expect(
      (await directory.business.api.delete(`/api/v1/members/${id}`, { reason: 'compromised' })).status,
    ).toBe(200);
    const pushed = { schemas: [USER_SCHEMA], userName: 'ada@example.com', active: true };
    expect((await directory.ask('PUT', `/Users/${id}`, pushed)).status).toBe(404);
    expect(await directory.member(id)).toBeNull();
  });

  it('and activating a user whose name somebody has meanwhile is a conflict', async () => {
    const directory = await aDirectory();
    const ada = await directory.aUser('ada@example.com', { active: false });
    const eve = await directory.aUser('eve@example.com');
    const rename = (id: string, value: string) =>
      directory.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value });
    expect((await rename(eve, 'ADA@example.com')).body.scimType).toBe('uniqueness');
    expect((await rename(ada, 'eve@example.com')).body.scimType).toBe('uniqueness');
  });
});
