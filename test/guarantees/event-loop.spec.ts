import { gzipSync } from 'node:zlib';
import { checksumOf } from '../../src/secrets/secret-format.js';
import { COSTLY_FORMS, COSTLY_HEADERS, COSTLY_JSON, COSTLY_QUERIES } from '../../bench/fuzz/costly.mjs';
import { HOSTILE_BODIES, HOSTILE_QUERIES } from '../../bench/fuzz/hostile.mjs';
import { sql, type TestDatabase } from '../support/databases.js';
import { exchange, type Outgoing } from '../support/exchange.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../support/factories.js';
import { DOCUMENTS, operationsOf, type DocumentName, type Operation } from '../support/operations.js';
import { RawConnection } from '../support/raw-connection.js';
import type { RescindProcess } from '../support/rescind-process.js';
import { platformSecret } from '../support/test-run.js';
import { heldMsBy } from './event-loop/longest-turn.mjs';
import { monitoredApp } from './event-loop/monitored-app.js';

const HELD_MS_MAX = 10;
/** Node reads 64 kB at once and parses all requests in it in one turn, closed connection or not: a bare server takes 20 ms. */
const HELD_BY_PARSER_MS_MAX = 50;
const TRIES = 20;
const ROWS = 1100;

describe('no request holds the event loop for longer than ten milliseconds', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let portFile: string;
  let end: () => Promise<void>;
  let business: TestBusiness;
  let operations: Operation[];
  let ids: Record<string, string>;

  beforeAll(async () => {
    ({ database, app, portFile, end } = await monitoredApp({
      RESCIND_LOG_LEVEL: 'info',
      // What is refused for its number holds nothing up, and says nothing of what would.
      RESCIND_BUSINESS_CALL_LIMIT: '10000000',
    }));
    business = await aBusiness({ url: app.url });
    const [member, identity, token] = [
      await aMember(business),
      await anIdentity(business),
      await aToken(business, { role: 'owner' }),
    ];
    ids = {
      business_id: business.id,
      member_id: member.id,
      identity_id: identity.id,
      identityId: identity.id,
      token_id: token.id,
      tokenId: token.id,
    };
    const names = Object.keys(DOCUMENTS) as DocumentName[];
    const all = await Promise.all(names.map(async (name) => (await operationsOf(app.url, name)).operations));
    operations = [...new Map(all.flat().map((each) => [`${each.method} ${each.path}`, each])).values()];
  });
  afterAll(async () => {
    await end();
  });

  const held = (work: () => Promise<unknown>): Promise<number> =>
    heldMsBy(portFile, { work, limitMs: HELD_MS_MAX, tries: TRIES });
  /** What of all this holds it for too long. */
  const culprits = async (requests: [string, Outgoing][]): Promise<string[]> => {
    const found = [];
    for (const [what, request] of requests) {
      const ms = await held(() => exchange(app.url, request).catch(() => undefined));
      if (ms > HELD_MS_MAX) found.push(`${what}: ${ms.toFixed(1)} ms`);
    }
    return found;
  };
  const credentials = (): [string, string][] => [
    ['authorization', `Bearer ${platformSecret()}`],
    ['x-business-id', business.id],
  ];
  const addressOf = (operation: Operation): string =>
    operation.address((parameter) => ids[parameter] ?? (ids.token_id as string));
  const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;

  const manyTokens = async (name: string): Promise<void> => {
    await sql(
      database.superuserUrl,
      `INSERT INTO tokens (id, jti, digest, pepper_id, business_id, owner_kind, member_id, name, description, token_prefix, scopes, dialect, created_at, updated_at)
       SELECT gen_random_uuid(), '${name}' || lpad(n::text, 18, '0'), digest, pepper_id, business_id, owner_kind, member_id, repeat('é', 250), repeat('x', 1000),
         token_prefix, ARRAY['orders:read', 'jobs:run'], dialect, now() - n * interval '1 s', now()
       FROM tokens, generate_series(1, ${ROWS}) AS n WHERE id = '${ids.token_id}'`,
    );
  };

  it('whatever is in its body, wherever it goes', async () => {
    const requests: [string, Outgoing][] = [];
    for (const operation of operations) {
      const [type] = Object.keys(operation.requestBody?.content ?? {});
      if (type === undefined) continue;
      const costly = type.endsWith('urlencoded') ? COSTLY_FORMS : COSTLY_JSON;
      const bodies = [...Object.entries(costly), ...HOSTILE_BODIES.map((body) => [body.slice(0, 30), body])];
      for (const [what = '', body] of bodies) {
        const headers: [string, string][] = [['content-type', type], ...credentials()];
        const request = { method: operation.method, path: addressOf(operation), headers, body };
        requests.push([`${nameOf(operation)} with ${what}`, request]);
      }
    }
    expect(requests.length).toBeGreaterThan(1000);
    expect(await culprits(requests)).toEqual([]);
  }, 600_000);

  it('whatever is in its address', async () => {
    const queries = [
      ...Object.entries(COSTLY_QUERIES),
      ...HOSTILE_QUERIES.map((query): [string, string] => [query.slice(0, 30), query]),
    ];
    const requests = operations
      .filter(
        ({ method, responses }) =>
          method === 'GET' && !('text/event-stream' in (responses['200']?.content ?? {})),
      )
      .flatMap((operation) =>
        queries.map(([what, query]): [string, Outgoing] => [
          `${nameOf(operation)} with ${what}`,
          { method: 'GET', path: `${addressOf(operation)}?${query}`, headers: credentials() },
        ]),
      );
    expect(requests.length).toBeGreaterThan(300);
    expect(await culprits(requests)).toEqual([]);
  }, 600_000);

  it('whatever is in its header', async () => {
    const targets: [string, string, string | undefined][] = [
      ['GET', '/api/v1/tokens', undefined],
      ['GET', '/gateway/authorize', undefined],
      ['GET', '/api/v1/audit/export', undefined],
      ['POST', '/api/v1/tokens', '{}'],
      ['POST', '/oauth/introspect', 'token=x'],
    ];
    const requests = targets.flatMap(([method, path, body]) =>
      Object.entries(COSTLY_HEADERS).map(([what, fields]): [string, Outgoing] => {
        const own = credentials().filter(([name]) => !(name in fields));
        return [
          `${method} ${path} with ${what}`,
          { method, path, headers: [...own, ...Object.entries(fields)], body },
        ];
      }),
    );
    const zipped = gzipSync(COSTLY_JSON['unknown members'] as string);
    requests.push([
      'a zipped body',
      {
        method: 'POST',
        path: '/api/v1/tokens',
        headers: [...credentials(), ['content-type', 'application/json'], ['content-encoding', 'gzip']],
        body: zipped,
      },
    ]);
    expect(await culprits(requests)).toEqual([]);
  }, 300_000);

  it('but that many requests at once on one connection hold it for as long as Node takes to parse a read', async () => {
    const heads = [
      'GET /no/such/route HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /api/v1/tokens HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /gateway/authorize HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n',
      'POST /api/v1/auth/token/revoke HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    ];
    const found = [];
    for (const head of heads) {
      const ms = await held(async () => {
        const connection = await RawConnection.open(app.url);
        connection.send(head.repeat(Math.floor(500_000 / head.length)));
        await connection.closed();
      });
      if (ms > HELD_BY_PARSER_MS_MAX) found.push(`${head.slice(0, 40)}: ${ms.toFixed(1)} ms`);
    }
    expect(found).toEqual([]);
  }, 300_000);

  it('however much it asks to be looked for, judged or ended', async () => {
    await manyTokens('much');
    const secrets = Array.from({ length: 1000 }, (_, index) => {
      const body = `dz_much${String(index + 1).padStart(18, '0')}_${'0'.repeat(33)}_`;
      return body + checksumOf(body);
    });
    const publicIds = secrets.map((secret) => secret.split('_')[1] as string);
    const { body: shared } = await business.api.get(`/api/v1/tokens/${ids.token_id}`);
    const fill = (unit: string): string => unit.repeat(Math.floor(95_000 / unit.length));
    const texts: Record<string, string> = {
      'a thousand public ids': publicIds.join('\n'),
      'a thousand public ids on one line': publicIds.join(' '),
      'a thousand secrets': secrets.join('\n'),
      'a secret on each of a thousand lines': Array<string>(1000)
        .fill(secrets[0] as string)
        .join('\n'),
      'a secret again and again on one line': fill(`${secrets[0]} `),
      'unknown secrets behind letters': fill(`abcdefghijkl_${'0'.repeat(22)}_${'0'.repeat(33)}_000000,`),
      'beginnings of secrets': fill(`_${'0'.repeat(22)}_${'0'.repeat(33)}`),
      'beginnings of prefixes': fill('ot_pat_'),
      'hexadecimal digits': fill('0'),
      'words of hexadecimal digits': fill(`${'a'.repeat(64)}.`),
      'words of the length of a public id': fill(`${'b'.repeat(22)}.`),
      'words that an operator may have chosen': fill(`${'c-'.repeat(16)}.`),
      stars: fill('*'),
      'nearly previews': fill('abcd********abc.'),
      previews: fill('dz_abcd********abcd.'),
      'a preview that a thousand share': shared.token_prefix as string,
    };
    const post = (path: string, body: object): Outgoing => ({
      method: 'POST',
      path,
      headers: [['content-type', 'application/json'], ...credentials()],
      body: JSON.stringify(body),
    });
    const requests = [
      ...Object.entries(texts).map(([what, text]): [string, Outgoing] => [
        `a text of ${what}`,
        post('/api/v1/tokens/find', { text }),
      ]),
      ...[secrets, Array<string>(100).fill(secrets[0] as string)].map((all): [string, Outgoing] => [
        'a hundred secrets to be judged',
        post('/api/v1/tokens/verify-batch', {
          items: all.slice(0, 100).map((token) => ({ token, scopes: ['a:b'], ip: '203.0.113.7' })),
        }),
      ]),
      [
        'a hundred leaks',
        post('/api/v1/leaks', {
          leaks: secrets.slice(0, 100).map((secret) => ({ secret, url: 'https://x.example/'.repeat(15) })),
        }),
      ] as [string, Outgoing],
    ];
    for (const [what, request] of requests)
      expect([what, Math.floor((await exchange(app.url, request)).status / 100)]).toEqual([what, 2]);
    expect(await culprits(requests)).toEqual([]);
  }, 300_000);

  it('however long its answer is', async () => {
    await manyTokens('many');
    const paths = [
      ...['', '&include_revoked=true', '&sort_by=name', '&sort_by=expires_at&descending=false'].map(
        (more) => `/api/v1/tokens?limit=1000${more}`,
      ),
      '/api/public/v1/tokens',
      '/platform/v1/tokens',
      '/api/v1/members?limit=1000',
      '/api/v1/identities?limit=1000',
      '/api/v1/audit/events?limit=1000',
      '/api/v1/audit/export',
      '/api/v1/audit/export?format=csv',
      '/docs-json',
      '/metrics',
    ];
    const requests = paths.map((path): [string, Outgoing] => [
      path,
      { method: 'GET', path, headers: credentials() },
    ]);
    expect(await culprits(requests)).toEqual([]);
  }, 300_000);
});
