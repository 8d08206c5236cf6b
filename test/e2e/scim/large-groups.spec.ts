import { randomUUID } from 'node:crypto';
import { GROUP_SCHEMA, PATCH_OP, SCIM_ERROR } from '../../../src/dialects/scim/scim-urns.js';
import { sql } from '../../support/databases.js';
import { exchange, type Outgoing } from '../../support/exchange.js';
import { aToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { aDirectory, Directory, type ScimAnswer } from './scim-world.js';

/** As many as a group can have. */
const MEMBERS = 5000;
const BYTES = 4 * 1024 * 1024;

/** Users as a directory has them; who of them is in which group is said by calls alone. */
async function users(directory: Directory, count: number): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    (await sharedApp()).superuserUrl,
    `INSERT INTO members (id, business_id, email, name, role)
     SELECT gen_random_uuid(), $1, 'large-' || n || '@example.com', 'Large ' || n, 'no-access' FROM generate_series(1, $2::int) AS n RETURNING id`,
    [directory.business.id, count],
  );
  return rows.map(({ id }) => id);
}

describe('A directory pushes a group as large as groups can be', () => {
  let directory: Directory;
  let ids: string[];
  let leaver: string;
  let stayers: string[];
  let id: string;
  beforeAll(async () => {
    directory = await aDirectory();
    ids = (await users(directory, MEMBERS + 1)).toSorted();
    [leaver = '', ...stayers] = ids;
    id = await directory.aGroup('Everybody');
    await directory.map({ Everybody: 'developer' });
  }, 60_000);

  const put = (members: unknown[], more: object = {}) =>
    directory.ask('PUT', `/Groups/${id}`, {
      schemas: [GROUP_SCHEMA],
      displayName: 'Everybody',
      members,
      ...more,
    });
  const read = async (): Promise<string[]> => {
    const { body } = await directory.ask('GET', `/Groups/${id}`);
    return (body.members as { value: string }[]).map(({ value }) => value).toSorted();
  };
  const roleOf = async (member: string): Promise<string> => (await directory.member(member)).role;
  const refused = ({ status, body }: ScimAnswer, scimType: string, sentence: string): void => {
    expect([status, body]).toEqual([
      400,
      { schemas: [SCIM_ERROR], status: '400', scimType, detail: expect.stringContaining(sentence) },
    ]);
  };

  it.each([
    ['{value}', (value: string) => ({ value })],
    ['{$ref, value}', (value: string) => ({ $ref: `../Users/${value}`, value })],
    ['{value, display}', (value: string) => ({ value, display: 'Ada Park' })],
  ])(
    'whole, of %s',
    async (_, shape) => {
      expect((await put([])).body.members).toEqual([]);
      const { status, body } = await put(stayers.map(shape));
      expect([status, body.members?.length]).toEqual([200, MEMBERS]);
      expect(await read()).toEqual(stayers);
    },
    120_000,
  );

  it('whole, in the shape in which it was read: who left it has no role any more', async () => {
    await put([leaver, ...stayers.slice(1)].map((value) => ({ value })));
    expect(await roleOf(leaver)).toBe('developer');
    const { body } = await directory.ask('GET', `/Groups/${id}`);
    const joiner = { ...body.members[0], value: stayers[0] };
    const others = (body.members as { value: string }[]).filter(({ value }) => value !== leaver);
    expect((await put([...others, joiner], { id, meta: body.meta })).status).toBe(200);
    expect(await read()).toEqual(stayers);
    expect([await roleOf(leaver), await roleOf(stayers[0] as string)]).toEqual(['no-access', 'developer']);
    const [event] = await directory.events('group.changed');
    expect(event?.details).toMatchObject({ members_added: [stayers[0]], members_removed: [leaver] });
  }, 120_000);

  it('by POST, under the name that RFC 7644 gives to JSON and the common one', async () => {
    for (const type of ['application/scim+json', 'application/json']) {
      const { status, text } = await exchange(directory.url, {
        method: 'POST',
        path: '/scim/v2/Groups',
        headers: [
          ['authorization', `Bearer ${directory.secret}`],
          ['content-type', type],
        ],
        body: JSON.stringify({
          schemas: [GROUP_SCHEMA],
          displayName: type,
          members: stayers.map((value) => ({ value })),
        }),
      });
      expect([status, JSON.parse(text).members?.length]).toEqual([201, MEMBERS]);
    }
  }, 60_000);

  it('by PATCH: thousands are added, taken out and put in place of others, by one operation and by one each', async () => {
    const path = `/Groups/${id}`;
    const half = stayers.slice(0, MEMBERS / 2);
    const rest = stayers.slice(MEMBERS / 2);
    const as = (members: string[]) => members.map((value) => ({ value }));
    const demand = async (answer: Promise<ScimAnswer>, members: string[]): Promise<void> => {
      expect((await answer).status).toBe(200);
      expect(await read()).toEqual(members);
    };
    await demand(directory.patch(path, { op: 'replace', path: 'members', value: as(stayers) }), stayers);
    await demand(directory.patch(path, { op: 'remove', path: 'members', value: as(half) }), rest);
    await demand(directory.patch(path, { op: 'add', path: 'members', value: as(half) }), stayers);
    const each = (op: string, of: string[]) =>
      of.map((value) => ({ op, path: 'members', value: [{ value }] }));
    const named = half.map((value) => ({ op: 'remove', path: `members[value eq "${value}"]` }));
    await demand(directory.patch(path, ...named), rest);
    await demand(directory.patch(path, ...each('Add', half)), stayers);
    await demand(directory.patch(path, ...each('Remove', stayers)), []);
    expect(await roleOf(stayers[7] as string)).toBe('no-access');
    const mixed = [{ op: 'replace', value: { displayName: 'Everybody' } }, ...each('add', half.slice(0, 60))];
    await demand(directory.patch(path, ...mixed), half.slice(0, 60));
  }, 240_000);

  it('by PATCH, whose operations count in their order', async () => {
    const [a = '', b = '', c = ''] = stayers;
    const on = (op: string, ...members: string[]) => ({
      op,
      path: 'members',
      value: members.map((value) => ({ value })),
    });
    const after = async (...operations: object[]): Promise<string[]> => {
      await put([a, b].map((value) => ({ value })));
      expect((await directory.patch(`/Groups/${id}`, ...operations)).status).toBe(200);
      return read();
    };
    expect(await after(on('remove', a), on('add', a))).toEqual([a, b]);
    expect(await after(on('add', a), on('remove', a))).toEqual([b]);
    expect(await after(on('add', c), on('replace', b), on('add', a))).toEqual([a, b]);
    expect(await after({ op: 'remove', path: 'members' }, on('add', c))).toEqual([c]);
    expect(await after(on('replace', a, c), on('remove', a))).toEqual([c]);
    expect(await after({ op: 'remove', path: 'members[value eq "no id"]' })).toEqual([a, b]);
    const [event] = await directory.events('group.changed');
    expect(event?.details).toMatchObject({ members_added: [a, b], members_removed: [c] });
  }, 60_000);

  it('and is told the limit where it is over one', async () => {
    await put([]);
    refused(await put(ids.map((value) => ({ value }))), 'invalidValue', `at most ${MEMBERS} members`);
    await put(stayers.map((value) => ({ value })));
    const one = { op: 'add', path: 'members', value: [{ value: leaver }] };
    refused(await directory.patch(`/Groups/${id}`, one), 'invalidValue', `at most ${MEMBERS} members`);
    const many = Array.from({ length: MEMBERS + 1 }, () => one);
    refused(await directory.patch(`/Groups/${id}`, ...many), 'invalidValue', `at most ${MEMBERS} operations`);
    const large = await put([{ value: leaver, display: 'x'.repeat(BYTES) }]);
    expect([large.status, large.body.detail]).toEqual([413, expect.stringContaining(String(BYTES))]);
    expect(await read()).toEqual(stayers);
    const { body: config } = await directory.ask('GET', '/ServiceProviderConfig');
    const [, extension] = config.schemas as [string, string];
    expect(config[extension]).toEqual({ members: MEMBERS, operations: MEMBERS, bodyBytes: BYTES });
  }, 120_000);

  it('and nobody who is named again, is of another business or does not exist gets in with the others', async () => {
    await put([]);
    const repeated = stayers.slice(0, 2).flatMap((value) => Array<object>(2000).fill({ value }));
    expect((await put(repeated)).body.members).toHaveLength(2);
    const other = await aDirectory();
    const stranger = await other.aUser('stranger@example.com');
    for (const unknown of [stranger, randomUUID()]) {
      const members = [...stayers.slice(0, MEMBERS - 1), unknown].map((value) => ({ value }));
      refused(await put(members), 'invalidValue', 'a user that exists');
      const added = { op: 'add', path: 'members', value: members };
      const removed = { op: 'remove', path: 'members', value: [{ value: unknown }] };
      refused(await directory.patch(`/Groups/${id}`, added, removed), 'invalidValue', 'a user that exists');
    }
    expect(await read()).toEqual(stayers.slice(0, 2));
    const theirs = new Directory(directory.business, other.url, other.secret);
    const body = { schemas: [GROUP_SCHEMA], displayName: 'x', members: stayers.map((value) => ({ value })) };
    expect((await theirs.ask('PUT', `/Groups/${id}`, body)).status).toBe(404);
  }, 120_000);
});

describe('A large body for a group', () => {
  let directory: Directory;
  let id: string;
  beforeAll(async () => {
    directory = await aDirectory();
    id = await directory.aGroup('small');
  });

  const huge = (bytes: number): string =>
    JSON.stringify({ schemas: [GROUP_SCHEMA], displayName: 'x', note: 'x'.repeat(bytes) });
  const send = (secret: string | null, outgoing: Partial<Outgoing>) =>
    exchange(directory.url, {
      method: 'PUT',
      path: `/scim/v2/Groups/${id}`,
      headers: [
        ['content-type', 'application/scim+json'],
        ...(secret === null ? [] : ([['authorization', `Bearer ${secret}`]] as [string, string][])),
      ],
      ...outgoing,
    });

  it('is not read for whoever may not change it, whether or not its length is declared', async () => {
    const outOfScope = await aToken(directory.business, { scopes: ['jobs:read'] });
    const elsewhere = await aDirectory();
    for (const [secret, status] of [
      [null, 401],
      ['garbage', 401],
      [outOfScope.secret, 403],
    ] as const) {
      // A text that no JSON is: whoever reads it says so.
      const declared = await send(secret, { body: '['.repeat(1_000_000) });
      expect([status, 413]).toContain(declared.status);
      expect((await send(secret, { chunks: Array<string>(20).fill('['.repeat(10_000)) })).status).toBe(
        status,
      );
    }
    expect((await send(elsewhere.secret, { body: huge(1000) })).status).toBe(404);
  });

  it.each([
    ['five megabytes', huge(5_000_000), 413, 'bytes'],
    ['lists in lists', '['.repeat(100_000), 400, 'nested'],
    ['objects in objects', '{"a":'.repeat(100_000), 400, 'nested'],
    [
      'a million numbers',
      `{"schemas":["${GROUP_SCHEMA}"],"members":[${'1,'.repeat(1_000_000)}1]}`,
      400,
      'values',
    ],
    ['a million empty objects', `{"members":[${'{},'.repeat(1_000_000)}{}]}`, 400, 'values'],
    [
      'thousands of names',
      `{${Array.from({ length: 20_000 }, (_, at) => `"${at}":1`).join(',')}}`,
      400,
      'values',
    ],
    ['a name again and again', `{${'"members":[],'.repeat(300)}"members":[]}`, 400, 'more than once'],
    ['a prototype', `{"schemas":[],"x":"${'x'.repeat(200_000)}","__proto__":{"a":1}}`, 400, ''],
    ['what is no JSON', 'x'.repeat(200_000), 400, ''],
  ])('of %s is refused', async (_, body, status, sentence) => {
    for (const outgoing of [{ body }, { chunks: body.match(/.{1,60000}/gs) as string[] }]) {
      const answer = await send(directory.secret, outgoing);
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        status,
        expect.objectContaining({ schemas: [SCIM_ERROR], detail: expect.stringContaining(sentence) }),
      ]);
    }
    // On the same connections, where nothing of the bodies stands before it.
    for (let call = 0; call < 3; call++)
      expect((await directory.ask('GET', `/Groups/${id}`)).body.displayName).toBe('small');
  });

  it('is taken as JSON only, and an empty one as none', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const headers: [string, string][] = [
        ['content-type', type],
        ['authorization', `Bearer ${directory.secret}`],
      ];
      expect((await send(null, { headers, body: huge(200_000) })).status).toBe(415);
    }
    for (const outgoing of [{ body: '' }, { chunks: [] }])
      expect((await send(directory.secret, outgoing)).status).toBe(400);
  });

  it('is no other route’s: a user is as large as before', async () => {
    const user = await directory.aUser('small@example.com');
    const path = `/scim/v2/Users/${user}`;
    expect((await send(directory.secret, { path, body: huge(200_000) })).status).toBe(413);
    const operations = Array.from({ length: 51 }, () => ({ op: 'replace', path: 'displayName', value: 'X' }));
    const { status } = await directory.ask('PATCH', `/Users/${user}`, {
      schemas: [PATCH_OP],
      Operations: operations,
    });
    expect(status).toBe(400);
  });
});
