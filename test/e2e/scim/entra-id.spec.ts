import { randomUUID } from 'node:crypto';
import { GROUP_SCHEMA, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { aToken } from '../../support/factories.js';
import { aDirectory, type Directory } from './scim-world.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** The requests that Entra ID sends, as it sends them. */
describe('Entra ID', () => {
  let entra: Directory;
  let userName: string;
  let id: string;

  beforeAll(async () => {
    entra = await aDirectory();
    userName = `Test_User_${randomUUID().slice(0, 8)}@testuser.com`;
  });

  it('tests the connection with a user who does not exist', async () => {
    const { status, body } = await entra.find('Users', `userName eq "${randomUUID()}"`);
    expect([status, body]).toEqual([
      200,
      {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: 0,
        startIndex: 1,
        itemsPerPage: 0,
        Resources: [],
      },
    ]);
  });

  it('creates a user, with the extension of enterprises', async () => {
    const { status, body } = await entra.ask('POST', '/Users', {
      schemas: [USER_SCHEMA, ENTERPRISE],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName,
      active: 'True',
      addresses: [{ primary: false, type: 'work', country: 'Germany' }],
      emails: [{ primary: true, type: 'work', value: userName }],
      meta: { resourceType: 'User' },
      name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
      roles: [],
      [ENTERPRISE]: { department: 'Research', employeeNumber: '7' },
    });
    expect([status, body]).toMatchObject([
      201,
      { userName, active: true, name: { formatted: 'givenName familyName' } },
    ]);
    id = body.id as string;
    expect(await entra.member(id)).toMatchObject({ name: 'givenName familyName' });
  });

  it('changes attributes in one PATCH, with operations in capitals', async () => {
    const renamed = `5b50642d-${randomUUID().slice(0, 8)}@testuser.com`;
    const { status, body } = await entra.patch(
      `/Users/${id}`,
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'updatedEmail@microsoft.com' },
      { op: 'Replace', path: 'name.familyName', value: 'updatedFamilyName' },
      { op: 'Replace', path: 'userName', value: renamed },
      { op: 'Add', path: `${ENTERPRISE}:department`, value: 'Sales' },
      { op: 'Add', path: 'title', value: 'Engineer' },
    );
    expect([status, body]).toMatchObject([
      200,
      {
        userName: renamed,
        emails: [{ type: 'work', value: 'updatedEmail@microsoft.com', primary: true }],
        name: { familyName: 'updatedFamilyName', givenName: 'givenName' },
      },
    ]);
    expect(await entra.member(id)).toMatchObject({ email: renamed });
    expect(await entra.events('member.changed')).toMatchObject([
      { details: { email: renamed, email_before: userName.toLowerCase(), email_after: renamed } },
    ]);
    userName = renamed;
  });

  it('adds an address of a type that is not there yet', async () => {
    const { status, body } = await entra.patch(
      `/Users/${id}`,
      { op: 'Add', path: 'emails[type eq "home"].value', value: 'home@example.com' },
      { op: 'Add', path: 'emails[type eq "home"].primary', value: 'False' },
    );
    expect([status, body.emails]).toEqual([
      200,
      [
        { type: 'work', value: 'updatedEmail@microsoft.com', primary: true },
        { type: 'home', value: 'home@example.com', primary: false },
      ],
    ]);
    const found = await entra.find('Users', 'emails[type eq "home"].value eq "Home@example.com"');
    expect(found.body.Resources).toMatchObject([{ id }]);
    expect(
      (await entra.find('Users', 'emails[type eq "work"].value eq "home@example.com"')).body.totalResults,
    ).toBe(0);
  });

  it('names attributes without a path', async () => {
    const value = { 'name.givenName': 'Updated', displayName: 'Updated Name', externalId: 'changed' };
    const { body } = await entra.patch(`/Users/${id}`, { op: 'Replace', value });
    expect(body).toMatchObject({
      name: { givenName: 'Updated' },
      displayName: 'Updated Name',
      externalId: 'changed',
    });
  });

  it.each([
    ['as a string', { op: 'Replace', path: 'active', value: 'False' }],
    ['as a boolean', { op: 'Replace', path: 'active', value: false }],
    ['as it did earlier', { op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] }],
    ['by adding it', { op: 'Add', path: 'active', value: 'false' }],
    ['without a path', { op: 'Replace', value: { active: 'False' } }],
    ['by its whole name', { op: 'Replace', path: `${USER_SCHEMA}:active`, value: false }],
    ['by its whole name without a path', { op: 'Replace', value: { [`${USER_SCHEMA}:active`]: 'FALSE' } }],
    ['in any case', { op: 'REPLACE', path: 'Active', value: 'FALSE' }],
    ['among others', { op: 'Replace', value: { displayName: 'Gone', active: false } }],
  ])('deactivates %s, and brings back', async (_, operation) => {
    const member = { id, email: userName, role: 'developer' as const };
    const token = await aToken(entra.business, { member, scopes: ['jobs:read'] });
    expect(await entra.patch(`/Users/${id}`, operation)).toMatchObject({
      status: 200,
      body: { active: false },
    });
    expect((await token.api.get('/api/v1/businesses')).status).toBe(401);
    const [event] = await entra.events('token.revoked');
    expect(event).toMatchObject({ target_id: token.id, details: { cause: 'owner' } });
    const back = { op: 'Replace', path: 'active', value: 'True' };
    expect(await entra.patch(`/Users/${id}`, back)).toMatchObject({
      status: 200,
      body: { id, active: true },
    });
    expect((await token.api.get('/api/v1/businesses')).status).toBe(401);
  });

  it('creates a group, looks for it without its members, and changes who is in it', async () => {
    const created = await entra.ask('POST', '/Groups', {
      schemas: [GROUP_SCHEMA, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'displayName',
      meta: { resourceType: 'Group' },
    });
    expect(created.status).toBe(201);
    const group = created.body.id as string;
    const path = `/Groups/${group}`;
    const listed = await entra.find('Groups', 'displayName eq "DISPLAYNAME"', '&excludedAttributes=members');
    expect(listed.body.Resources).toEqual([expect.not.objectContaining({ members: expect.anything() })]);
    expect(listed.body.Resources[0].id).toBe(group);
    const other = await entra.aUser(`${randomUUID()}@testuser.com`);
    const added = await entra.patch(path, {
      op: 'Add',
      path: 'members',
      value: [
        { $ref: null, value: id },
        { $ref: null, value: other },
      ],
    });
    expect(added.body.members.map(({ value }: { value: string }) => value).sort()).toEqual(
      [id, other].sort(),
    );
    for (const [filter, total] of [
      [`id eq "${group}" and members eq "${id}"`, 1],
      [`id eq "${group}" and members eq "${randomUUID()}"`, 0],
    ] as const)
      expect((await entra.find('Groups', filter)).body.totalResults).toBe(total);
    const removed = await entra.patch(path, {
      op: 'Remove',
      path: 'members',
      value: [{ $ref: null, value: id }],
    });
    expect(removed.body.members).toMatchObject([{ value: other }]);
    const renamed = await entra.patch(path, { op: 'Replace', path: 'displayName', value: '1879db59' });
    expect([renamed.status, renamed.body.displayName]).toEqual([200, '1879db59']);
    const [event] = await entra.events('group.changed');
    expect(event?.details).toMatchObject({
      name_before: 'displayName',
      name_after: '1879db59',
      members_added: [],
    });
    expect((await entra.ask('DELETE', path)).status).toBe(204);
    expect(await entra.events('group.deleted')).toMatchObject([
      { target_id: group, details: { members: [other] } },
    ]);
  });

  it.each(['R&D "Alpha"', 'a\\b', '"', '\\', 'and "x" or not', `${GROUP_SCHEMA}:x`, '[0]', '0', 'ünïcode ✓'])(
    'finds a group of the name %j, as a string of JSON (RFC 7644 §3.4.2.2)',
    async (name) => {
      const found = await entra.aGroup(name);
      const { status, body } = await entra.find('Groups', `displayName eq ${JSON.stringify(name)}`);
      expect([status, body.Resources]).toMatchObject([200, [{ id: found, displayName: name }]]);
      expect((await entra.ask('DELETE', `/Groups/${found}`)).status).toBe(204);
    },
  );

  it('sends names as lists of one value, as it did for a while', async () => {
    const [name, later] = [randomUUID(), randomUUID()].map((each) => `${each}@testuser.com`) as [
      string,
      string,
    ];
    const user = { schemas: [USER_SCHEMA], userName: [{ value: name }], displayName: [{ value: 'Ada' }] };
    const { status, body } = await entra.ask('POST', '/Users', user);
    expect([status, body.userName, body.displayName]).toEqual([201, name, 'Ada']);
    const changed = await entra.patch(
      `/Users/${body.id}`,
      { op: 'Replace', path: 'userName', value: [{ value: later }] },
      { op: 'Replace', value: { displayName: [{ value: 'Grace' }] } },
    );
    expect([changed.status, changed.body.userName, changed.body.displayName]).toEqual([200, later, 'Grace']);
    const group = await entra.aGroup('a group');
    const renamed = await entra.patch(`/Groups/${group}`, {
      op: 'Replace',
      path: 'displayName',
      value: [{ value: 'another' }],
    });
    expect([renamed.status, renamed.body.displayName]).toEqual([200, 'another']);
  });

  it('deletes a user: gone for good, and the name is free', async () => {
    const token = await aToken(entra.business, {
      member: { id, email: userName, role: 'developer' },
      scopes: ['jobs:read'],
    });
    expect((await entra.ask('DELETE', `/Users/${id}`)).status).toBe(204);
    expect((await token.api.get('/api/v1/businesses')).status).toBe(401);
    const [forgotten] = await entra.events('scim.user_changed');
    expect(forgotten).toMatchObject({
      target_id: id,
      details: { external_id_before: 'changed', external_id_after: null, attributes_after: null },
    });
    for (const answer of [
      await entra.ask('GET', `/Users/${id}`),
      await entra.ask('DELETE', `/Users/${id}`),
      await entra.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'True' }),
    ])
      expect([answer.status, answer.body.status]).toEqual([404, '404']);
    expect((await entra.find('Users', `userName eq "${userName}"`)).body.totalResults).toBe(0);
    expect(await entra.aUser(userName)).not.toBe(id);
  });

  it('deletes a user who was deactivated before', async () => {
    const gone = await entra.aUser(`${randomUUID()}@testuser.com`, { active: false });
    expect((await entra.ask('GET', `/Users/${gone}`)).body.active).toBe(false);
    expect((await entra.ask('DELETE', `/Users/${gone}`)).status).toBe(204);
    expect((await entra.ask('GET', `/Users/${gone}`)).status).toBe(404);
  });
});
