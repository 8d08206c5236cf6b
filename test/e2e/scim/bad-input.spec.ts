import { randomUUID } from 'node:crypto';
import { GROUP_SCHEMA, PATCH_OP, SCIM_ERROR, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { exchange } from '../../support/exchange.js';
import { aDirectory, type Directory, type ScimAnswer } from './scim-world.js';

describe('A SCIM request that is not valid', () => {
  let directory: Directory;
  let id: string;
  let group: string;
  beforeAll(async () => {
    directory = await aDirectory();
    id = await directory.aUser('ada@example.com', { displayName: 'Ada' });
    group = await directory.aGroup('a group', id);
  });

  const refused = ({ status, body }: ScimAnswer, scimType: string): void => {
    expect([status, body]).toEqual([
      400,
      { schemas: [SCIM_ERROR], status: '400', scimType, detail: expect.any(String) },
    ]);
  };

  it.each([
    ['no schemas', {}, 'invalidSyntax'],
    ['another schema', { schemas: [GROUP_SCHEMA], userName: 'a@example.com' }, 'invalidSyntax'],
    ['no name', { schemas: [USER_SCHEMA] }, 'invalidValue'],
    ['a name that is a number', { schemas: [USER_SCHEMA], userName: 7 }, 'invalidValue'],
    ['a name that is no address', { schemas: [USER_SCHEMA], userName: 'ada' }, 'invalidValue'],
    [
      'a name that is too long',
      { schemas: [USER_SCHEMA], userName: `${'a'.repeat(400)}@example.com` },
      'invalidValue',
    ],
    [
      'an invisible character',
      { schemas: [USER_SCHEMA], userName: 'b@example.com', displayName: 'a\u202eb' },
      'invalidValue',
    ],
    [
      'a name in one piece',
      { schemas: [USER_SCHEMA], userName: 'b@example.com', name: 'Ada' },
      'invalidValue',
    ],
    [
      'addresses that are no list',
      { schemas: [USER_SCHEMA], userName: 'b@example.com', emails: { value: 'x' } },
      'invalidValue',
    ],
    [
      'too many addresses',
      {
        schemas: [USER_SCHEMA],
        userName: 'b@example.com',
        emails: Array.from({ length: 11 }, () => ({ value: 'x' })),
      },
      'invalidValue',
    ],
    [
      'a long external id',
      { schemas: [USER_SCHEMA], userName: 'b@example.com', externalId: 'x'.repeat(256) },
      'invalidValue',
    ],
  ])('is refused as a user: %s', async (_, body, scimType) => {
    refused(await directory.ask('POST', '/Users', body), scimType);
    refused(await directory.ask('PUT', `/Users/${id}`, body), scimType);
  });

  it.each([
    ['no operations', { schemas: [PATCH_OP] }, 'invalidSyntax'],
    ['no schemas', { Operations: [{ op: 'replace', path: 'displayName', value: 'X' }] }, 'invalidSyntax'],
    [
      'another operation',
      { schemas: [PATCH_OP], Operations: [{ op: 'move', path: 'displayName' }] },
      'invalidSyntax',
    ],
    ['an operation that is no object', { schemas: [PATCH_OP], Operations: ['replace'] }, 'invalidSyntax'],
    ['a removal of everything', { schemas: [PATCH_OP], Operations: [{ op: 'remove' }] }, 'noTarget'],
    [
      'a path that is a number',
      { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 7, value: 1 }] },
      'invalidPath',
    ],
    [
      'a text without a path',
      { schemas: [PATCH_OP], Operations: [{ op: 'replace', value: 'X' }] },
      'invalidValue',
    ],
    [
      'an unknown path',
      { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'shoeSize', value: 43 }] },
      'invalidPath',
    ],
    [
      'the prototype of objects',
      { schemas: [PATCH_OP], Operations: [{ op: 'add', path: '__proto__.polluted', value: 'X' }] },
      'invalidPath',
    ],
    [
      'the prototype in a filter',
      {
        schemas: [PATCH_OP],
        Operations: [{ op: 'add', path: 'emails[__proto__.polluted eq "x"].value', value: 'X' }],
      },
      'invalidPath',
    ],
    [
      'a broken filter',
      { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'emails[type].value', value: 'X' }] },
      'noTarget',
    ],
    [
      'a removal of the name',
      { schemas: [PATCH_OP], Operations: [{ op: 'remove', path: 'userName' }] },
      'invalidValue',
    ],
    [
      'a wrong type',
      { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'displayName', value: 7 }] },
      'invalidValue',
    ],
    [
      'too many operations',
      {
        schemas: [PATCH_OP],
        Operations: Array.from({ length: 51 }, () => ({ op: 'replace', path: 'displayName', value: 'X' })),
      },
      'invalidValue',
    ],
  ])('is refused as a PATCH of a user: %s', async (_, body, scimType) => {
    refused(await directory.ask('PATCH', `/Users/${id}`, body), scimType);
    expect((await directory.ask('GET', `/Users/${id}`)).body).toMatchObject({
      displayName: 'Ada',
      userName: 'ada@example.com',
    });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['no name', { schemas: [GROUP_SCHEMA] }, 'invalidValue'],
    ['an empty name', { schemas: [GROUP_SCHEMA], displayName: ' ' }, 'invalidValue'],
    ['members who are numbers', { schemas: [GROUP_SCHEMA], displayName: 'x', members: [7] }, 'invalidValue'],
    [
      'members who are no ids',
      { schemas: [GROUP_SCHEMA], displayName: 'x', members: [{ value: 'ada' }] },
      'invalidValue',
    ],
  ])('is refused as a group: %s', async (_, body, scimType) => {
    refused(await directory.ask('POST', '/Groups', body), scimType);
    refused(await directory.ask('PUT', `/Groups/${group}`, body), scimType);
  });

  it.each([
    ['members by another attribute', { op: 'remove', path: 'members[display eq "Ada"]' }, 'invalidPath'],
    ['members by a broken filter', { op: 'remove', path: 'members[value]' }, 'invalidPath'],
    ['members by a filter to add', { op: 'add', path: `members[value eq "x"]`, value: [] }, 'invalidPath'],
    ['the prototype of objects', { op: 'remove', path: 'members[__proto__.polluted eq "x"]' }, 'invalidPath'],
    ['an unknown attribute', { op: 'replace', path: 'owner', value: 'x' }, 'invalidPath'],
    ['no name', { op: 'remove', path: 'displayName' }, 'mutability'],
  ])('is refused as a PATCH of a group: %s', async (_, operation, scimType) => {
    refused(await directory.patch(`/Groups/${group}`, operation), scimType);
    expect((await directory.ask('GET', `/Groups/${group}`)).body.members).toMatchObject([{ value: id }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    'userName',
    'userName eq',
    'userName co "a"',
    'userName eq "a" or userName eq "b"',
    'not (userName eq "a")',
    'nickName eq "a"',
    '__proto__.polluted eq "x"',
    'constructor.prototype.polluted eq "x"',
    'userName eq "a" and',
    String.raw`displayName eq "a\u0000"`,
    String.raw`displayName eq "a\x"`,
    '(((((((((',
    '"',
    'x'.repeat(512),
  ])('is refused as a filter: %s', async (filter) => {
    for (const type of ['Users', 'Groups'] as const)
      refused(await directory.find(type, filter), 'invalidFilter');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('is refused as a page, and odd pages are what RFC 7644 says', async () => {
    for (const query of ['startIndex=x', 'count=1.5', 'startIndex=1e9', 'count=99999999999'])
      refused(await directory.ask('GET', `/Users?${query}`), 'invalidValue');
    const first = { totalResults: 1, startIndex: 1, itemsPerPage: 1 };
    for (const [query, page] of [
      ['startIndex=0', first],
      ['startIndex=-5&count=500', first],
      ['count=0', { ...first, itemsPerPage: 0 }],
      ['count=-1', { ...first, itemsPerPage: 0 }],
      ['startIndex=2', { ...first, startIndex: 2, itemsPerPage: 0 }],
    ] as const)
      expect([query, (await directory.ask('GET', `/Users?${query}`)).body]).toMatchObject([query, page]);
  });

  it('is told in the shape of SCIM, whatever it is', async () => {
    const ask = (method: string, path: string, headers: [string, string][], body?: string) =>
      exchange(directory.url, { method, path, headers, body });
    const bearer: [string, string] = ['authorization', `Bearer ${directory.secret}`];
    const json: [string, string] = ['content-type', 'application/scim+json'];
    for (const [answer, status] of [
      [await ask('GET', '/scim/v2/Users', []), 401],
      [await ask('GET', '/scim/v2/Users', [['authorization', 'Bearer garbage']]), 401],
      [await ask('GET', '/scim/v2/Nothing', [bearer]), 404],
      [await ask('POST', '/scim/v2/Bulk', [bearer, json], '{}'), 404],
      [await ask('POST', '/scim/v2/Users', [bearer, json], '{'), 400],
      [await ask('POST', '/scim/v2/Users', [bearer, json], '[]'), 400],
      [await ask('POST', '/scim/v2/Users', [bearer, json], '{"userName":"a@b.cd","userName":"c@d.ef"}'), 400],
      [await ask('POST', '/scim/v2/Users', [bearer, json], '{"__proto__":{"active":false}}'), 400],
      [await ask('POST', '/scim/v2/Users', [bearer, ['content-type', 'text/plain']], 'x'), 415],
      [await ask('POST', '/scim/v2/Users', [bearer, json], JSON.stringify({ x: 'x'.repeat(200_000) })), 413],
      [await ask('GET', `/scim/v2/Users/${'x'.repeat(300)}`, [bearer]), 404],
      [await ask('GET', `/scim/v2/Users/${randomUUID()}`, [bearer]), 404],
    ] as const) {
      expect([answer.status, answer.headers['content-type']]).toEqual([
        status,
        'application/scim+json; charset=utf-8',
      ]);
      expect(JSON.parse(answer.text)).toMatchObject({ schemas: [SCIM_ERROR], status: String(status) });
    }
  });

  it('is no other route’s business: application/scim+json is not taken elsewhere', async () => {
    const { status } = await exchange(directory.url, {
      method: 'POST',
      path: '/api/v1/tokens/verify',
      headers: [
        ['authorization', `Bearer ${directory.secret}`],
        ['content-type', 'application/scim+json'],
      ],
      body: '{}',
    });
    expect(status).toBe(415);
  });
});
