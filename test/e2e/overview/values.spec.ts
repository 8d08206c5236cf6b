import { farFromMidnight } from '../../support/far-from-midnight.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestMember,
} from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

const DAY_MS = 24 * 60 * 60 * 1000;

interface Count {
  count: number;
  exceeded: boolean;
}

interface Activity {
  last_24_hours: Count;
  days: { day: string; count: number }[];
}

interface Overview {
  counted_at: string;
  of: string;
  tokens: {
    active: Count;
    never_used: Count;
    never_expiring: Count;
    expiring: { within_1_day: Count; within_7_days: Count; within_30_days: Count };
  };
  issued: Activity;
  revoked: Activity;
  verdicts: { since: string; until: string; verdicts: { active: number }; hours: unknown[] } | null;
  verifiers: { registered: number; renewed: number; client_verifiers: number };
}

const PATH = '/api/v1/overview';
const OF_ALL = '/api/v1/admin/overview';

const change = async (id: string, what: string, databaseUrl?: string): Promise<void> => {
  const url = databaseUrl ?? (await sharedApp()).superuserUrl;
  await sql(url, `UPDATE tokens SET ${what} WHERE id = $1`, [id]);
};

/** The numbers without what depends on when they were counted. */
function numbersOf({ tokens, issued, revoked }: Overview) {
  const { active, never_used, never_expiring, expiring } = tokens;
  const { within_1_day, within_7_days, within_30_days } = expiring;
  const counts = [active, never_used, never_expiring, within_1_day, within_7_days, within_30_days];
  const activity = ({ last_24_hours, days }: Activity) => [
    last_24_hours,
    Object.fromEntries(days.flatMap(({ day, count }) => (count === 0 ? [] : [[day, count]]))),
  ];
  return { counts: counts.map(({ count }) => count), issued: activity(issued), revoked: activity(revoked) };
}

/** Tokens of every state, and what they come to: active, never used, never expiring, expiring within 1, 7 and 30 days. */
async function everyState(business: TestBusiness, member: TestMember, databaseUrl?: string): Promise<void> {
  const set = (id: string, to: string) => change(id, to, databaseUrl);
  const some = (expiresInDays: number | null) => aToken(business, { member, expiresInDays });
  await some(1);
  await some(6);
  await some(29);
  await some(31);
  const endless = await some(null);
  expect((await endless.api.get('/api/v1/tokens')).status).toBe(200);
  await set(endless.id, 'last_used_at = now()');
  // None of these is active.
  const revoked = await some(3);
  await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
  const earlier = await some(90);
  await set(earlier.id, `created_at = created_at - interval '3 days'`);
  await business.api.post(`/api/v1/tokens/${earlier.id}/revoke`);
  const expired = await some(90);
  await set(
    expired.id,
    `created_at = created_at - interval '3 days', expires_at = now() - interval '1 minute'`,
  );
  const rotated = await some(90);
  await rotated.api.post(`/api/v1/tokens/${rotated.id}/rotate`);
  const long = await some(90);
  await set(
    long.id,
    `created_at = created_at - interval '40 days', expires_at = now() - interval '1 minute'`,
  );
}
/** The successor of the rotation is active as well. */
const COUNTS = [6, 5, 1, 1, 2, 3];
/** Whoever asks with a token uses it, which is written some seconds later. */
const SOME: unknown = expect.any(Number);
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

describe('GET /api/v1/overview', () => {
  let business: TestBusiness;
  let developer: TestMember;
  const get = async (api = business.api): Promise<Overview> => {
    const { status, body } = await api.get<Overview>(PATH);
    expect(status).toBe(200);
    return body;
  };
  beforeAll(async () => {
    await farFromMidnight();
    business = await aBusiness();
    developer = await aMember(business);
    await everyState(business, developer);
  });

  it('counts the tokens of each state, what was issued and revoked, and 30 days of each', async () => {
    const overview = await get();
    const countedMs = Date.parse(overview.counted_at);
    const [today, earlier] = [dayOf(countedMs), dayOf(countedMs - 3 * DAY_MS)];
    expect(overview.of).toBe('all');
    expect(numbersOf(overview)).toEqual({
      counts: COUNTS,
      issued: [
        { count: 8, exceeded: false },
        { [today]: 8, [earlier]: 2 },
      ],
      revoked: [{ count: 2, exceeded: false }, { [today]: 2 }],
    });
    for (const { days } of [overview.issued, overview.revoked]) {
      expect(days).toHaveLength(30);
      expect([days[0]?.day, days[29]?.day]).toEqual([dayOf(countedMs - 29 * DAY_MS), today]);
    }
  });

  it('says the same as the list of active tokens', async () => {
    const { body } = await business.api.get('/api/v1/tokens', {
      owner_email: '*',
      status: 'active',
      include_total_count: true,
    });
    expect(body.total).toBe(COUNTS[0]);
  });

  it('tells a developer of their own tokens, and of no verdicts', async () => {
    const other = await aMember(business);
    const theirs = await aToken(business, { member: other, expiresInDays: null });
    const none = await get(theirs.api);
    expect([none.of, none.verdicts]).toEqual(['own', null]);
    expect(numbersOf(none).counts).toEqual([1, SOME, 1, 0, 0, 0]);
    expect(none.revoked.last_24_hours.count).toBe(0);
    const own = await aToken(business, { member: developer, expiresInDays: 60 });
    const mine = numbersOf(await get(own.api));
    expect(mine.counts).toEqual([7, SOME, 1, 1, 2, 3]);
    expect([mine.issued[0], mine.revoked[0]]).toEqual([
      { count: 9, exceeded: false },
      { count: 2, exceeded: false },
    ]);
  });

  it('tells an identity of its own, and an auditor of all and the verdicts', async () => {
    const identity = await anIdentity(business);
    const machine = await aToken(business, { identityId: identity.id, expiresInDays: null });
    expect(numbersOf(await get(machine.api)).counts).toEqual([1, SOME, 1, 0, 0, 0]);
    const auditor = await aToken(business, { role: 'auditor' });
    const overview = await waitFor('the new tokens to be counted', async () => {
      const seen = await get(auditor.api);
      return seen.tokens.active.count === 10 && seen;
    });
    const { since, until } = overview.verdicts as { since: string; until: string };
    const hours = (Date.parse(until) - Date.parse(since)) / 3_600_000;
    expect([overview.of, Math.ceil(hours)]).toEqual(['all', 48]);
  });

  it('counts no token that a cut-off has ended', async () => {
    const cut = await aBusiness();
    const [gone, stays] = [await aMember(cut), await aMember(cut)];
    await aToken(cut, { member: gone, expiresInDays: 1 });
    await aToken(cut, { member: stays, expiresInDays: 1 });
    await cut.api.post('/api/v1/revocations', { selector: { owner: gone.email }, reason: 'left' });
    expect(numbersOf(await get(cut.api)).counts).toEqual([1, 1, 0, 1, 1, 1]);
    const all = await aBusiness();
    await aToken(all, { expiresInDays: 1 });
    await all.api.post('/api/v1/revocations', { selector: { business: true }, reason: 'moved away' });
    expect(numbersOf(await get(all.api)).counts).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('is empty for an empty business, whatever there is in others, and for the platform in it', async () => {
    const empty = await aBusiness();
    expect(numbersOf(await get(empty.api))).toEqual({
      counts: [0, 0, 0, 0, 0, 0],
      issued: [{ count: 0, exceeded: false }, {}],
      revoked: [{ count: 0, exceeded: false }, {}],
    });
  });

  it('tells of the verifiers by number: this one renews its lease', async () => {
    const verifiers = await waitFor('a lease that was renewed', async () => {
      const { verifiers: seen } = await get();
      return seen.renewed >= 1 && seen;
    });
    expect(verifiers.registered).toBeGreaterThanOrEqual(1);
    expect(verifiers.client_verifiers).toBe(0);
  });
});

/** In a service of its own: where there are more than 10,000 tokens of a kind, their number is only a bound. */
describe('GET /api/v1/admin/overview', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  it('counts what is in all businesses and in none', async () => {
    const api = await platform(app.url);
    const get = async (): Promise<Overview> => (await api.get<Overview>(OF_ALL)).body;
    const before = numbersOf(await get());
    const business = await aBusiness({ url: app.url });
    await everyState(business, await aMember(business), database.superuserUrl);
    const another = await api.post('/api/v1/admin/tokens', { name: 'another', expires_in_days: 5 });
    expect(another.status).toBe(201);
    const madeMs = Date.now();
    const after = await waitFor('the new tokens to be counted', async () => {
      const seen = await get();
      return Date.parse(seen.counted_at) > madeMs && seen;
    });
    const added = [7, 6, 1, 1, 3, 4];
    // Earlier ones are used meanwhile, as is written some seconds later.
    const wanted = before.counts.map((count, index) =>
      index === 1 ? SOME : count + (added[index] as number),
    );
    expect([after.of, numbersOf(after).counts]).toEqual(['all', wanted]);
    const of24h = (numbers: ReturnType<typeof numbersOf>) =>
      [numbers.issued[0], numbers.revoked[0]].map((each) => (each as Count).count);
    const [issued, revoked] = of24h(before) as [number, number];
    expect(of24h(numbersOf(after))).toEqual([issued + 9, revoked + 2]);
    expect(after.verdicts?.hours).toBeDefined();
  });
});
