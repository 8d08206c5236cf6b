import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Api } from '../../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

const CALLS = 8;
/** What follows from it. */
const DENIALS = 2;
const STREAMS = 4;
const TOGETHER = 30;

describe('a business that asks too often', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let generous: RescindProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    generous = await startRescind({ databaseUrl: database.url });
    app = await startRescind({
      databaseUrl: database.url,
      env: {
        RESCIND_BUSINESS_CALL_LIMIT: String(CALLS),
      },
    });
  });
  afterAll(async () => {
    await Promise.all([app.stop(), generous.stop()]);
    await database.drop();
  });

  /** What the generous process made, to be used against the other. */
  const newBusiness = (): Promise<TestBusiness> => aBusiness({ url: generous.url });
  const newToken = async (business: TestBusiness, role: 'admin' | 'auditor' = 'admin'): Promise<TestToken> =>
    aToken(business, { member: await aMember(business, role) });
  const ask = (
    { secret, api }: { secret: string | null; api: Api },
    method: string,
    path: string,
  ): Promise<Answer> =>
    exchange(app.url, {
      method,
      path,
      headers: [
        ['authorization', `Bearer ${secret}`],
        ['x-business-id', api.business as string],
      ],
    });
  const together = (call: () => Promise<Answer>): Promise<Answer[]> =>
    Promise.all(Array.from({ length: TOGETHER }, call));
  /** Those of `answers` that were let through are no more than `limit` for each second that they may fall into. */
  const expectLimited = (answers: Answer[], wanted: number, limit: number, sinceMs: number): void => {
    const seconds = Math.ceil((performance.now() - sinceMs) / 1000);
    expect(countOf(answers, wanted)).toBeLessThanOrEqual(limit * (seconds + 1));
  };
  const countOf = (answers: Answer[], wanted: number): number =>
    answers.filter(({ status }) => status === wanted).length;

  it('is told how much is left, and when there is nothing left, when to come back', async () => {
    const token = await newToken(await newBusiness());
    const first = await ask(token, 'GET', '/api/v1/tokens');
    expect(first.headers).toMatchObject({
      'ratelimit-policy': `"business-calls";q=${CALLS};w=1, "token-calls";q=${CALLS / 2};w=1`,
      ratelimit: expect.stringMatching(/^"business-calls";r=\d+;t=1, "token-calls";r=\d+;t=1$/) as string,
    });
    const answers = await together(() => ask(token, 'GET', '/api/v1/tokens'));
    const refused = answers.find(({ status }) => status === 429) as Answer;
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      ratelimit: expect.stringContaining('r=0') as string,
    });
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'request.rate_limited' });
    expect(countOf(answers, 200) + countOf(answers, 429)).toBe(TOGETHER);
  });

  it('leaves to others what one of its tokens may not use up, and to the platform what is its own', async () => {
    const business = await newBusiness();
    const tokens = [await newToken(business), await newToken(business), await newToken(business)] as const;
    const aloneMs = performance.now();
    const alone = await together(() => ask(tokens[0], 'GET', '/api/v1/tokens'));
    expectLimited(alone, 200, CALLS / 2, aloneMs);
    // In the same second, mostly.
    expect((await ask(tokens[1], 'GET', '/api/v1/tokens')).status).toBe(200);
    const allMs = performance.now();
    const all = await Promise.all([
      ...tokens.map((token) => together(() => ask(token, 'GET', '/api/v1/tokens'))),
      ask({ secret: business.api.secret, api: business.api }, 'GET', '/api/v1/tokens').then((answer) => [
        answer,
      ]),
    ]);
    expect(all.pop()?.[0]?.status).toBe(200);
    expectLimited(all.flat(), 200, CALLS, allMs);
    expect((await ask(await newToken(await newBusiness()), 'GET', '/api/v1/tokens')).status).toBe(200);
  });

  it('leaves places to wait to others, who may take rights from whoever floods it', async () => {
    const business = await aBusiness({ url: generous.url });
    const [owner, rogue] = [await aMember(business, 'owner'), await aMember(business, 'admin')];
    const [own, flooding] = [
      await aToken(business, { member: owner }),
      await aToken(business, { member: rogue }),
    ];
    // Known from here on: nobody has to be looked up while the table is locked.
    expect((await own.api.get('/api/v1/members')).status).toBe(200);
    expect((await flooding.api.get('/api/v1/members')).status).toBe(200);
    const holder = new pg.Client({ connectionString: database.superuserUrl });
    await holder.connect();
    try {
      await holder.query('BEGIN; LOCK TABLE role_mappings IN ACCESS EXCLUSIVE MODE');
      let refused = 0;
      const flood = Array.from({ length: 400 }, async () => {
        const headers = { authorization: `Bearer ${flooding.secret}`, 'x-business-id': business.id };
        const asked = http.get(`${generous.url}/api/v1/role-mapping`, { headers, agent: false });
        const [answer] = (await once(asked, 'response')) as [IncomingMessage];
        answer.resume();
        if (answer.statusCode === 429) refused++;
      });
      await waitFor('the flood to fill what it may', () => Promise.resolve(refused >= 190));
      const lowered = await own.api.patch(`/api/v1/members/${rogue.id}`, { role: 'auditor' });
      expect(lowered.status).toBe(200);
      await holder.query('ROLLBACK');
      await Promise.all(flood);
    } finally {
      await holder.end();
    }
  });

  it('lets nobody take rights from it behind all that one token of it asks for', async () => {
    const business = await aBusiness({ url: generous.url });
    const [owner, rogue] = [await aMember(business, 'owner'), await aMember(business, 'admin')];
    const [own, flooding] = [
      await aToken(business, { member: owner }),
      await aToken(business, { member: rogue }),
    ];
    const { id: puppet } = await aMember(business, 'auditor');
    const FLOOD = 600;
    const flood = Array.from({ length: FLOOD }, (_, n) =>
      flooding.api.patch(`/api/v1/members/${puppet}`, { role: n % 2 === 0 ? 'developer' : 'auditor' }),
    );
    const newest = async (action: string): Promise<number> => {
      const [row] = await sql<{ sequence: string | null }>(
        database.superuserUrl,
        'SELECT max(sequence) AS sequence FROM audit_events WHERE business_id = $1 AND action = $2',
        [business.id, action],
      );
      return Number(row?.sequence ?? 0);
    };
    await waitFor('a part of the flood', async () => (await newest('member.changed')) > 0);
    // Sent behind the rest, and answered: so all of it has arrived, and waits.
    expect((await own.api.get('/health/live')).status).toBe(200);
    const before = await newest('member.changed');
    const scopes = await own.api.put('/api/v1/scopes/developers', { scopes: [] });
    expect((await newest('developer_scopes.changed')) - before).toBeLessThan(20);
    const mapping = await own.api.put('/api/v1/role-mapping', { groups: [], default_role: 'no-access' });
    const lowered = await own.api.patch(`/api/v1/members/${rogue.id}`, { role: 'auditor' });
    expect([mapping.status, scopes.status, lowered.status]).toEqual([200, 200, 200]);
    await Promise.all(flood);
  });

  it('lets nobody take rights from it behind all that one person of it asks for with many tokens', async () => {
    const business = await aBusiness({ url: generous.url });
    const [owner, rogue] = [await aMember(business, 'owner'), await aMember(business, 'admin')];
    const own = await aToken(business, { member: owner });
    const tokens = await Promise.all(Array.from({ length: 25 }, () => aToken(business, { member: rogue })));
    const victim = await aToken(business, { member: rogue });
    const puppets = await Promise.all(tokens.map(() => aMember(business, 'auditor')));
    const { id: otherId } = await aMember(business, 'developer');
    let changed = 0;
    const flood = tokens.flatMap(({ api }, n) =>
      Array.from({ length: 16 }, async (_, m) => {
        const role = m % 2 === 0 ? 'developer' : 'auditor';
        const { status } = await api.patch(`/api/v1/members/${puppets[n]?.id}`, { role });
        if (status === 200) changed++;
      }),
    );
    await waitFor('a part of the flood', () => Promise.resolve(changed > 0));
    // Sent behind the rest, and answered: so all of it has arrived, and waits.
    expect((await own.api.get('/health/live')).status).toBe(200);
    const before = changed;
    const took = await Promise.all([
      own.api.patch(`/api/v1/members/${otherId}`, { role: 'auditor' }),
      own.api.post(`/api/v1/tokens/${victim.id}/revoke`, { reason: 'x' }),
    ]);
    expect(took.map(({ status }) => status)).toEqual([200, 201]);
    // Of the flood no more than one piece each for what waited before it, and for its own turn.
    expect(changed - before).toBeLessThan(15);
    expect((await own.api.patch(`/api/v1/members/${rogue.id}`, { role: 'auditor' })).status).toBe(200);
    await Promise.all(flood);
  });

  it('holds a token that changes roles to its own quota, and nobody else', async () => {
    const business = await newBusiness();
    const [owner, rogue] = [await aMember(business, 'owner'), await aMember(business, 'admin')];
    const [own, flooding] = [
      await aToken(business, { member: owner }),
      await aToken(business, { member: rogue }),
    ];
    const { id } = await aMember(business, 'auditor');
    const patch = ({ secret }: TestToken, memberId: string, role: string): Promise<Answer> =>
      exchange(app.url, {
        method: 'PATCH',
        path: `/api/v1/members/${memberId}`,
        headers: [
          ['authorization', `Bearer ${secret}`],
          ['x-business-id', business.id],
          ['content-type', 'application/json'],
        ],
        body: JSON.stringify({ role }),
      });
    const sinceMs = performance.now();
    const answers = await together(() => patch(flooding, id, 'developer'));
    expectLimited(answers, 200, CALLS / 2, sinceMs);
    expect(countOf(answers, 200) + countOf(answers, 429)).toBe(TOGETHER);
    // In the same second, mostly, and with all other calls of the business used up.
    await together(() => ask(flooding, 'GET', '/api/v1/tokens'));
    expect((await patch(own, rogue.id, 'auditor')).status).toBe(200);
  });

  it('verifies and revokes all the same, as often as it likes', async () => {
    const business = await newBusiness();
    const token = await newToken(business);
    const victims = await Promise.all(
      Array.from({ length: TOGETHER }, () => aToken(business, { role: 'developer' })),
    );
    const flood = together(() => ask(token, 'GET', '/api/v1/tokens'));
    const revoked = await Promise.all(
      victims.map(({ id }) => ask(token, 'POST', `/api/v1/tokens/${id}/revoke`)),
    );
    expect(countOf(revoked, 201)).toBe(TOGETHER);
    expect(countOf(await flood, 429)).toBeGreaterThan(0);
  });

  it('is told what a revocation would do as often as anything else, and revokes as often as it likes', async () => {
    const business = await newBusiness();
    const token = await newToken(business);
    const revoke = (more: object): Promise<Answer> =>
      exchange(app.url, {
        method: 'POST',
        path: '/api/v1/revocations',
        headers: [
          ['authorization', `Bearer ${token.secret}`],
          ['x-business-id', business.id],
          ['content-type', 'application/json'],
        ],
        body: JSON.stringify({ selector: { scopes_has: ['no:body'] }, reason: 'x', ...more }),
      });
    const previews = await together(() => revoke({ preview: true }));
    expect(countOf(previews, 200)).toBeGreaterThan(0);
    expect(countOf(previews, 429)).toBeGreaterThan(0);
    expect(countOf(previews, 200) + countOf(previews, 429)).toBe(TOGETHER);
    expect(countOf(await together(() => revoke({})), 409)).toBe(TOGETHER);
  });

  it('is denied no more than so often; every denial is recorded and counted', async () => {
    const business = await newBusiness();
    const token = await newToken(business, 'auditor');
    const startedMs = performance.now();
    const answers = await together(() => ask(token, 'POST', '/api/v1/members'));
    // What was counted of them counts for a second.
    await delay(1100);
    const verdicts = await together(() => ask(token, 'POST', '/api/v1/tokens/verify'));
    for (const refused of [answers, verdicts]) {
      expect(countOf(refused, 403)).toBeGreaterThan(0);
      expect(countOf(refused, 403) + countOf(refused, 429)).toBe(TOGETHER);
    }
    expectLimited([...answers, ...verdicts], 403, DENIALS, startedMs);
    const rows = await sql<{ code: string; count: number }>(
      database.url,
      `SELECT details->>'code' AS code, sum((details->>'count')::int)::int AS count FROM audit_events
       WHERE business_id = $1 AND action = 'access.denied' GROUP BY 1`,
      [business.id],
    );
    const counts = Object.fromEntries(rows.map(({ code, count }) => [code, count]));
    expect((counts['permission.denied'] ?? 0) + (counts['request.rate_limited'] ?? 0)).toBe(2 * TOGETHER);
    expect(counts['permission.denied']).toBeGreaterThanOrEqual(TOGETHER + countOf(answers, 403));
  });

  it('has so many streams and exports open, and may open another when one has ended', async () => {
    const business = await newBusiness();
    const token = await newToken(business, 'auditor');
    const open = async (path: string): Promise<IncomingMessage> => {
      const headers = { authorization: `Bearer ${token.secret}`, 'x-business-id': business.id };
      const [answer] = await once(http.get(`${app.url}${path}`, { headers, agent: false }), 'response');
      return answer as IncomingMessage;
    };
    const path = '/api/v1/audit/stream';
    const [one, two] = [await open(path), await open(path)];
    expect([one.statusCode, two.statusCode]).toEqual([200, 200]);
    const third = await open(path);
    expect(third.statusCode).toBe(429);
    expect(third.headers).toMatchObject({
      'ratelimit-policy': `"business-streams";q=${STREAMS};qu="concurrent-requests", "token-streams";q=${STREAMS / 2};qu="concurrent-requests"`,
      'retry-after': '1',
    });
    one.destroy();
    await waitFor('a place', async () => (await open(path)).statusCode === 200);
    two.destroy();
    // An export waits for the tree while it is locked.
    const holder = new pg.Client({ connectionString: database.superuserUrl });
    await holder.connect();
    try {
      await holder.query(`BEGIN; SET LOCAL app.business_id = '*'`);
      await holder.query('SELECT FROM audit_trees WHERE business_id = $1 FOR UPDATE', [business.id]);
      const first = open('/api/v1/audit/export');
      await waitFor('the first to wait', async () => {
        const waiting = await sql(
          database.superuserUrl,
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%audit_lock_trees%'`,
        );
        return waiting.length > 0;
      });
      const second = await open('/api/v1/audit/export');
      expect(second.statusCode).toBe(429);
      second.resume();
      await holder.query('ROLLBACK');
      const begun = await first;
      expect(begun.statusCode).toBe(200);
      begun.resume();
    } finally {
      await holder.end();
    }
  });
});
