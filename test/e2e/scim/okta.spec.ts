import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '../../../src/audit/trail/stored-event.js';
import { USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { LoggedState } from '../../../src/integrity/logged-state.js';
import { sql } from '../../support/databases.js';
import { aToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { aDirectory, type Directory } from './scim-world.js';

/** The requests that Okta sends, as it sends them. */
describe('Okta', () => {
  let okta: Directory;
  let userName: string;
  let id: string;

  const profile = (more: object = {}) => ({
    schemas: [USER_SCHEMA],
    userName,
    name: { givenName: 'Ada', familyName: 'Park' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: 'Ada Park',
    locale: 'en-US',
    externalId: '00ujl29u0le5T6Aj10h7',
    groups: [],
    password: '1mz050nq',
    active: true,
    ...more,
  });

  beforeAll(async () => {
    okta = await aDirectory();
    userName = `Ada.${randomUUID().slice(0, 8)}@Example.com`;
  });

  it('tests the connection, finds nobody, and creates the user', async () => {
    expect(await okta.ask('GET', '/Users?startIndex=1&count=2')).toMatchObject({
      status: 200,
      body: { totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] },
    });
    const nobody = await okta.find('Users', `userName eq "${userName}"`, '&startIndex=1&count=100');
    expect(nobody).toMatchObject({ status: 200, body: { totalResults: 0, Resources: [] } });
    const created = await okta.ask('POST', '/Users', profile());
    expect(created).toMatchObject({
      status: 201,
      body: {
        schemas: [USER_SCHEMA],
        userName,
        externalId: '00ujl29u0le5T6Aj10h7',
        displayName: 'Ada Park',
        name: { givenName: 'Ada', familyName: 'Park' },
        emails: [{ primary: true, value: userName, type: 'work' }],
        active: true,
        groups: [],
      },
    });
    id = created.body.id as string;
    expect(created.headers['content-type']).toMatch(/^application\/scim\+json/);
    expect(created.headers.location).toBe(`${okta.url}/scim/v2/Users/${id}`);
    expect(created.body.meta.location).toBe(created.headers.location);
    expect(JSON.stringify(created.body)).not.toContain('1mz050nq');
    expect(await okta.member(id)).toMatchObject({
      email: userName.toLowerCase(),
      name: 'Ada Park',
      role: 'no-access',
    });
  });

  it('finds the user by name, in any case, and by its own id', async () => {
    for (const filter of [
      `userName eq "${userName}"`,
      `userName eq "${userName.toUpperCase()}"`,
      `externalId eq "00ujl29u0le5T6Aj10h7"`,
      `username Eq "${userName}" and active eq true`,
    ])
      expect([filter, (await okta.find('Users', filter)).body]).toMatchObject([
        filter,
        { totalResults: 1, Resources: [{ id, active: true }] },
      ]);
    expect((await okta.find('Users', 'externalId eq "00UJL29U0LE5T6AJ10H7"')).body.totalResults).toBe(0);
    expect(await okta.ask('GET', `/Users/${id}`)).toMatchObject({ status: 200, body: { id, userName } });
  });

  it('refuses a second user of that name', async () => {
    const { status, body } = await okta.ask('POST', '/Users', profile({ userName: userName.toUpperCase() }));
    expect([status, body.scimType, body.status]).toEqual([409, 'uniqueness', '409']);
  });

  it('pushes a profile', async () => {
    const renamed = profile({ name: { givenName: 'Ada', familyName: 'Stone' }, displayName: 'Ada Stone' });
    expect(await okta.ask('PUT', `/Users/${id}`, renamed)).toMatchObject({
      status: 200,
      body: { id, displayName: 'Ada Stone', name: { familyName: 'Stone' }, active: true },
    });
    expect(await okta.member(id)).toMatchObject({ name: 'Ada Stone' });
    const [event] = await okta.events('scim.user_changed');
    expect(JSON.parse(event?.details.attributes_before as string)).toMatchObject({ displayName: 'Ada Park' });
    expect(JSON.parse(event?.details.attributes_after as string)).toMatchObject({ displayName: 'Ada Stone' });
  });

  it('deactivates by PATCH: the tokens are refused when it is answered', async () => {
    const member = { id, email: userName.toLowerCase(), role: 'developer' as const };
    const token = await aToken(okta.business, { member, scopes: ['jobs:read'] });
    expect((await token.api.get('/api/v1/businesses')).status).toBe(200);
    expect(await okta.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })).toMatchObject({
      status: 200,
      body: { id, active: false },
    });
    expect((await token.api.get('/api/v1/businesses')).status).toBe(401);
    expect(await okta.member(id)).toBeNull();
    expect(await okta.events('member.deactivated')).toMatchObject([
      { target_id: id, details: { email: userName.toLowerCase(), tokens_revoked: 1 } },
    ]);
    expect((await okta.find('Users', `userName eq "${userName}"`)).body).toMatchObject({
      totalResults: 1,
      Resources: [{ id, active: false }],
    });
  });

  it('activates again: the same user, and none of the tokens of before', async () => {
    const [before] = await okta.events('token.issued');
    expect(await okta.patch(`/Users/${id}`, { op: 'replace', value: { active: true } })).toMatchObject({
      status: 200,
      body: { id, active: true },
    });
    expect(await okta.member(id)).toMatchObject({ id, email: userName.toLowerCase(), name: 'Ada Stone' });
    expect(await okta.events('member.activated')).toMatchObject([{ target_id: id }]);
    const { body } = await okta.business.api.get(`/api/v1/tokens/${before?.target_id}`);
    expect(body.status).toBe('revoked');
  });

  it('deactivates by PUT as well', async () => {
    expect(await okta.ask('PUT', `/Users/${id}`, profile({ active: false }))).toMatchObject({
      status: 200,
      body: { active: false },
    });
    expect(await okta.member(id)).toBeNull();
  });

  it('leaves who is not active as they are when a profile says nothing of it', async () => {
    const silent = profile({ active: undefined });
    expect(await okta.ask('PUT', `/Users/${id}`, silent)).toMatchObject({
      status: 200,
      body: { active: false },
    });
  });

  it('leaves a log that says what the database says', async () => {
    const { superuserUrl } = await sharedApp();
    const state = new LoggedState();
    const events = 'SELECT * FROM audit_events WHERE business_id = $1 ORDER BY sequence';
    for (const event of await sql<StoredEvent>(superuserUrl, events, [okta.business.id])) state.take(event);
    const members =
      'SELECT id, email, role, removed_at IS NOT NULL AS removed FROM members WHERE business_id = $1';
    const rows = await sql<{ id: string; email: string; role: string; removed: boolean }>(
      superuserUrl,
      members,
      [okta.business.id],
    );
    expect(rows).toHaveLength(1);
    for (const { id: member, email, role, removed } of rows)
      expect(state.members.get(member)).toMatchObject({ email, role, isRemoved: removed });
  });

  it('pushes a group, its members and its name, and deletes it', async () => {
    const group = await okta.aGroup('Engineers');
    const answer = await okta.patch(
      `/Groups/${group}`,
      { op: 'add', path: 'members', value: [{ value: id, display: userName }] },
      { op: 'replace', value: { id: group, displayName: 'Platform engineers' } },
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { displayName: 'Platform engineers', members: [{ value: id }] },
    });
    expect((await okta.ask('GET', `/Users/${id}`)).body.groups).toMatchObject([{ value: group }]);
    const removed = await okta.patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${id}"]` });
    expect(removed.body.members).toEqual([]);
    expect((await okta.ask('DELETE', `/Groups/${group}`)).status).toBe(204);
    expect((await okta.ask('GET', `/Groups/${group}`)).status).toBe(404);
  });
});
