import { exchange } from '../../support/exchange.js';
import { endsByItself, nameOf, nativeOperations } from '../../support/native-operations.js';
import type { Operation } from '../../support/operations.js';
import { askAnything, sampleWorld, writtenRows, type SampleWorld } from '../../support/sample-world.js';
import { platformSecret } from '../../support/test-run.js';

/** At and beyond both ends of what PostgreSQL and Date hold, with offsets that lead across. */
const MOMENTS = [
  '9999-12-31',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59.999999999-23:59',
  '0001-01-01',
  '0001-01-01T00:00:00%2B23:59',
  '0000-12-31T23:59:59Z',
  '10000-01-01T00:00:00Z',
  '%2B010000-01-01T00:00:00Z',
  '294277-01-01T00:00:00Z',
];
const ID = '0199c0de-0000-7000-8000-000000000000';

describe('every route', () => {
  let world: SampleWorld;
  let operations: Operation[];
  let before: Record<string, unknown>;

  beforeAll(async () => {
    world = await sampleWorld();
    operations = await nativeOperations(world.app.url);
  });
  beforeEach(async () => {
    before = await writtenRows(world);
  });
  afterEach(async () => {
    expect(await writtenRows(world)).toEqual(before);
  });

  const queryOf = ({ parameters = [] }: Operation): string[] =>
    parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name);
  const lists = (): Operation[] => operations.filter((each) => queryOf(each).includes('cursor'));

  it('refuses an id that is no UUID without looking it up', async () => {
    const named = operations.filter(({ path }) => /\{\w+_id\}/.test(path));
    expect(named.length).toBeGreaterThan(10);
    for (const operation of named) {
      for (const id of ['7', 'x'.repeat(300), `${ID}0`, '%00', '%F0%9F%92%A9', '..%2f..%2fetc', `${ID}'--`]) {
        const odd: SampleWorld = { ...world, idFor: () => id };
        const { status, code } = await askAnything(odd, operation, {});
        expect([nameOf(operation), id, status, code]).toEqual([nameOf(operation), id, 422, 'input.invalid']);
      }
    }
  });

  it('refuses an address that cannot be decoded, in the documented shape', async () => {
    for (const path of ['/api/v1/tokens/%ZZ', '/api/v1/tokens/%', '/api/v1/tokens/%C0%AF']) {
      const answer = await exchange(world.app.url, {
        method: 'GET',
        path,
        headers: [
          ['authorization', `Bearer ${platformSecret()}`],
          ['x-business-id', world.business.id],
        ],
      });
      expect([path, answer.status]).toEqual([path, 400]);
      expect(Object.keys(JSON.parse(answer.text) as object).sort()).toEqual(['code', 'detail', 'request_id']);
    }
  });

  it('knows no route beside the documented ones, and says so in the documented shape', async () => {
    for (const [method, path] of [
      ['GET', '/api/v1/nothing'],
      ['PUT', '/api/v1/tokens'],
      ['DELETE', `/api/v1/tokens/${ID}`],
      ['GET', '/api/v4/tokens'],
      ['POST', '/'],
      ['GET', `/${'x'.repeat(5000)}`],
    ] as const) {
      const answer = await exchange(world.app.url, { method, path });
      expect([path.slice(0, 50), answer.status]).toEqual([path.slice(0, 50), 404]);
      expect(JSON.parse(answer.text)).toMatchObject({
        code: 'route.not_found',
        request_id: answer.headers['x-request-id'],
      });
    }
  });

  it('refuses query parameters that it does not know', async () => {
    for (const operation of operations.filter((each) => queryOf(each).length > 0)) {
      const { status } = await askAnything(world, operation, { query: '?no_such_parameter=1' });
      expect([nameOf(operation), status]).toEqual([nameOf(operation), 422]);
    }
  });

  it('never fails over what a query parameter holds', async () => {
    const values = [
      ...MOMENTS,
      '%00',
      'a%00b',
      'x'.repeat(4000),
      '%F0%9F%92%A9',
      '%ED%A0%80',
      '',
      '-1',
      'null',
      "'",
      '%5B%5D',
    ];
    for (const operation of operations.filter(endsByItself)) {
      for (const name of queryOf(operation)) {
        for (const query of [
          ...values.map((value) => `?${name}=${value}`),
          `?${name}=1&${name}=2`,
          `?${name}[]=1`,
        ]) {
          const { status, text } = await askAnything(world, operation, { query });
          expect([nameOf(operation), query, status < 500 ? 'fine' : text]).toEqual([
            nameOf(operation),
            query,
            'fine',
          ]);
        }
      }
    }
  });

  it('refuses limits, directions and sorts that a list does not have', async () => {
    const bad = [
      'limit=0',
      'limit=-1',
      'limit=1001',
      'limit=1.5',
      'limit=ten',
      'limit=',
      'limit=1&limit=2',
      'limit=1e2',
      'direction=sideways',
      'direction=',
    ];
    expect(lists().length).toBeGreaterThan(3);
    for (const operation of lists()) {
      for (const query of bad) {
        const { status } = await askAnything(world, operation, { query: `?${query}` });
        expect([nameOf(operation), query, status]).toEqual([nameOf(operation), query, 422]);
      }
    }
  });

  it('refuses cursors that it has not made', async () => {
    const made = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const SORTS = [
      ...['created_at desc', 'created_at asc', 'created_at', 'revoked_at'],
      ...['sequence newest', 'sequence oldest', 'time newest', 'time oldest'],
    ];
    const bad = [
      'garbage',
      '',
      'x'.repeat(3000),
      made(),
      made('created_at desc', '2024-01-01T00:00:00.000Z'),
      made('no_such_sort', '2024-01-01T00:00:00.000Z', ID),
      ...SORTS.flatMap((sort) => [
        made(sort, '2024-01-01T00:00:00.000Z', 'no-uuid'),
        made(sort, '2024-02-30T00:00:00.000Z', ID),
        made(sort, '2024-13-01T00:00:00.000Z', ID),
        made(sort, '0000-01-01T00:00:00.000Z', ID),
        made(sort, '2024-01-01T24:00:00.000Z', ID),
        made(sort, "'; DROP TABLE tokens; --", ID),
        made(sort, { toString: 1 }, ID),
      ]),
    ];
    for (const operation of lists()) {
      for (const cursor of bad) {
        const { status, text } = await askAnything(world, operation, { query: `?cursor=${cursor}` });
        const name = `${nameOf(operation)} ${Buffer.from(cursor, 'base64url').toString().slice(0, 60)}`;
        expect([name, [400, 422].includes(status) ? 'refused' : `${status} ${text}`]).toEqual([
          name,
          'refused',
        ]);
      }
    }
  });
});
