import { randomUUID } from 'node:crypto';
import { USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { aMember } from '../../support/factories.js';
import { aDirectory, type Directory } from './scim-world.js';

describe('A directory', () => {
  let directory: Directory;
  let foreign: Directory;
  beforeAll(async () => {
    directory = await aDirectory();
    foreign = await aDirectory();
  });

  it('sees and changes nothing of another business, as if it did not exist', async () => {
    const id = await foreign.aUser('ada@example.com');
    const group = await foreign.aGroup('a group', id);
    const profile = { schemas: [USER_SCHEMA], userName: 'mine@example.com', active: false };
    const asked = async (user: string, of: string) => [
      await directory.ask('GET', `/Users/${user}`),
      await directory.ask('PUT', `/Users/${user}`, profile),
      await directory.patch(`/Users/${user}`, { op: 'replace', value: { active: false } }),
      await directory.patch(`/Users/${user}`, { op: 'replace', value: { active: 'maybe' } }),
      await directory.ask('DELETE', `/Users/${user}`),
      await directory.ask('GET', `/Groups/${of}`),
      await directory.patch(`/Groups/${of}`, { op: 'remove', path: 'members' }),
      await directory.ask('DELETE', `/Groups/${of}`),
    ];
    const nobody = await asked(randomUUID(), randomUUID());
    const theirs = await asked(id, group);
    expect(theirs.map(({ status, body }) => [status, body])).toEqual(
      nobody.map(({ status, body }) => [status, body]),
    );
    expect(theirs.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 404));
    for (const filter of ['userName eq "ada@example.com"', `id eq "${id}"`])
      expect((await directory.find('Users', filter)).body.totalResults).toBe(0);
    for (const filter of ['displayName eq "a group"', `members eq "${id}"`])
      expect((await directory.find('Groups', filter)).body.totalResults).toBe(0);
    // Names are of a business: the same one may be another user there.
    expect((await directory.createUser('ada@example.com')).status).toBe(201);
    expect((await foreign.ask('GET', `/Users/${id}`)).body.active).toBe(true);
  });

  it('finds members whom others have added, and takes them over by name', async () => {
    const { id, email } = await aMember(directory.business, 'auditor');
    const { body } = await directory.find('Users', `userName eq "${email}"`);
    expect(body.Resources).toMatchObject([
      {
        id,
        userName: email,
        displayName: 'The auditor',
        active: true,
        emails: [{ value: email, primary: true }],
      },
    ]);
    expect((await directory.createUser(email)).status).toBe(409);
    const linked = await directory.patch(`/Users/${id}`, { op: 'add', path: 'externalId', value: '7' });
    expect(linked.body).toMatchObject({ externalId: '7', displayName: 'The auditor' });
    expect(await directory.member(id)).toMatchObject({ role: 'auditor', name: 'The auditor' });
  });

  it('keeps a name that was given by hand until it says another itself', async () => {
    const id = await directory.aUser('bea@example.com', { displayName: 'Bea' });
    await directory.business.api.patch(`/api/v1/members/${id}`, { name: 'Beatrice' });
    await directory.patch(`/Users/${id}`, { op: 'replace', path: 'externalId', value: 'b' });
    expect((await directory.member(id)).name).toBe('Beatrice');
    await directory.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: 'Bee' });
    expect((await directory.member(id)).name).toBe('Bee');
  });

  it('pages through all users, each once', async () => {
    const paged = await aDirectory();
    const made: string[] = [];
    for (let index = 0; index < 5; index++) made.push(await paged.aUser(`user-${index}@example.com`));
    const seen: string[] = [];
    for (const start of [1, 3, 5]) {
      const { body } = await paged.ask('GET', `/Users?startIndex=${start}&count=2&attributes=userName`);
      expect(body).toMatchObject({ totalResults: 5, startIndex: start, itemsPerPage: start === 5 ? 1 : 2 });
      for (const resource of body.Resources as Record<string, unknown>[]) {
        expect(Object.keys(resource).sort()).toEqual(['id', 'schemas', 'userName']);
        seen.push(resource.id as string);
      }
    }
    expect(seen).toEqual(made);
  });

  it('is told what is supported', async () => {
    const { body: config } = await directory.ask('GET', '/ServiceProviderConfig');
    expect(config).toMatchObject({
      patch: { supported: true },
      filter: { supported: true, maxResults: 200 },
      bulk: { supported: false },
      sort: { supported: false },
      etag: { supported: false },
      changePassword: { supported: false },
      authenticationSchemes: [{ type: 'oauthbearertoken' }],
    });
    const { body: types } = await directory.ask('GET', '/ResourceTypes');
    expect(types.Resources.map(({ id, endpoint }: Record<string, string>) => [id, endpoint])).toEqual([
      ['User', '/Users'],
      ['Group', '/Groups'],
    ]);
    const { body: schemas } = await directory.ask('GET', '/Schemas');
    expect(schemas.totalResults).toBe(2);
    const { body: user } = await directory.ask('GET', `/Schemas/${USER_SCHEMA}`);
    expect(user.attributes.map(({ name }: { name: string }) => name)).toEqual([
      'userName',
      'name',
      'displayName',
      'active',
      'emails',
      'groups',
    ]);
    for (const path of ['/Schemas/nothing', '/ResourceTypes/Robot'])
      expect((await directory.ask('GET', path)).status).toBe(404);
  });
});
