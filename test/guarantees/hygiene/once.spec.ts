import { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { aMember, aToken, platform, type TestToken } from '../../support/factories.js';
import { platformSecret } from '../../support/test-run.js';
import { changeToken } from '../../support/token-mac.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from '../verifiers.js';

const TOKENS = 3000;
const hours = (count: number): string => `interval '${count} hours'`;

/** Copies of a token, to be told of and never presented. */
const COPIES = `
INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at, expires_at)
SELECT gen_random_uuid(), substr(md5(random()::text || n), 1, 22), business_id, owner_kind, member_id, name, token_prefix,
  decode(md5(random()::text || n) || md5(n::text), 'hex'), pepper_id, scopes, created_at, expires_at
FROM tokens, generate_series(2, $2::int) AS n WHERE id = $1`;

/** How many events of an action tokens have: of how many, how many each at least and at most. */
const TOLD = `
SELECT count(*)::int AS tokens, coalesce(min(events), 0)::int AS least, coalesce(max(events), 0)::int AS most
FROM (SELECT target_id, count(*) AS events FROM audit_events WHERE business_id = $1 AND action = $2 GROUP BY 1) told`;

interface Told {
  tokens: number;
  least: number;
  most: number;
}

describe('What is told of tokens, by several processes', () => {
  let world: Verifiers;
  beforeAll(async () => {
    world = await startVerifiers(3, { RESCIND_HYGIENE_MS: '100', RESCIND_LAST_USED_FLUSH_MS: '100' });
  });
  afterAll(() => world?.end());

  const change = (token: TestToken, to: string): Promise<void> =>
    changeToken(world.database.superuserUrl, token.id, to);
  const rows = <Row>(statement: string, values: unknown[]): Promise<Row[]> =>
    sql<Row>(world.database.superuserUrl, statement, values);
  const toldOf = async (action: string): Promise<Told> =>
    (await rows<Told>(TOLD, [world.business.id, action]))[0] as Told;
  const eventsOf = async (id: string): Promise<{ action: string; details: Record<string, unknown> }[]> =>
    rows(
      `SELECT action, details FROM audit_events WHERE target_id = $1 AND action IN ('token.expiring', 'token.unused', 'token.rotation_due', 'token.revoked')
       ORDER BY sequence`,
      [id],
    );
  const policy = async (changes: object): Promise<void> => {
    const { url } = world.all.at(-1) as Verifier;
    const path = `/api/v1/admin/businesses/${world.business.id}`;
    expect((await (await platform(url)).patch(path, changes)).status).toBe(200);
  };
  /** As if the business had been changed last, and everything told, so long ago. */
  const later = (count: number): Promise<unknown> =>
    rows(
      `WITH b AS (UPDATE businesses SET updated_at = updated_at - ${hours(count)} WHERE id = $1)
       UPDATE token_notices SET told_at = told_at - ${hours(count)} WHERE business_id = $1`,
      [world.business.id],
    );
  /** Time for several rounds: a token that comes later is told of. */
  async function aFewRounds(): Promise<void> {
    const last = await aToken(world.business);
    await change(last, `created_at = now() - ${hours(100)}, expires_at = now() + ${hours(5)}`);
    await waitFor('a round', async () => (await eventsOf(last.id)).length === 1);
  }

  it('tells of an end 30, 7 and 1 days before it, each once, and never of a day that has passed', async () => {
    const token = await aToken(world.business);
    const young = await aToken(world.business, { expiresInDays: 5 });
    const left = (count: number): Promise<void> =>
      change(token, `created_at = now() - ${hours(2000)}, expires_at = '2030-01-01T00:00:00Z'`).then(() =>
        change(token, `expires_at = now() + ${hours(count)}`),
      );
    await left(24 * 40);
    await aFewRounds();
    expect(await eventsOf(token.id)).toEqual([]);
    // The same end, which has come nearer.
    await change(token, `expires_at = date_trunc('hour', now()) + ${hours(24 * 20)}`);
    const days = async (): Promise<unknown[]> =>
      (await eventsOf(token.id)).map(({ details }) => details.days);
    await waitFor('30', async () => String(await days()) === '30');
    await change(token, `expires_at = date_trunc('hour', now()) + ${hours(24 * 3)}`);
    await waitFor('7', async () => String(await days()) === '30,7');
    await change(token, `expires_at = date_trunc('hour', now()) + ${hours(5)}`);
    await waitFor('1', async () => String(await days()) === '30,7,1');
    await aFewRounds();
    expect(await days()).toEqual([30, 7, 1]);
    expect(await eventsOf(young.id)).toEqual([]);
    const [event] = await eventsOf(token.id);
    expect(event).toMatchObject({
      action: 'token.expiring',
      details: { owner: expect.stringContaining('@') as string },
    });
  });

  it('asks once for the rotation of what is old', async () => {
    const token = await aToken(world.business, { expiresInDays: null });
    await change(token, `created_at = now() - ${hours(24 * 31)}`);
    await aFewRounds();
    expect(await eventsOf(token.id)).toEqual([]);
    await policy({ token_rotation_days: 30 });
    await waitFor('the event', async () => (await eventsOf(token.id)).length > 0);
    await aFewRounds();
    expect(await eventsOf(token.id)).toMatchObject([{ action: 'token.rotation_due', details: { days: 30 } }]);
    await policy({ token_rotation_days: null });
  });

  it('warns of what nobody uses, once each time, and revokes it everywhere when the warning was long enough ago', async () => {
    const member = await aMember(world.business);
    const [unused, used, never] = [
      await aToken(world.business, { member }),
      await aToken(world.business, { member }),
      await aToken(world.business, { member }),
    ];
    for (const token of [unused, used]) {
      // By one process: what another one noted would be written after what is changed below.
      expect(outcomeOf(await verify(world.all[0] as Verifier, world.business, token))).toBe('active');
      await waitFor('its use to be known', async () => {
        const found = await rows<{ used: boolean }>(
          'SELECT last_used_at IS NOT NULL AS used FROM tokens WHERE id = $1',
          [token.id],
        );
        return found[0]?.used === true;
      });
    }
    for (const token of [unused, used])
      await change(
        token,
        `created_at = now() - ${hours(24 * 120)}, last_used_at = now() - ${hours(24 * 100)}`,
      );
    await change(never, `created_at = now() - ${hours(24 * 100)}`);
    await policy({ token_unused_days_max: 90, token_unused_notice_days: 10 });
    for (const token of [unused, used, never])
      await waitFor('the warning', async () => (await eventsOf(token.id)).length === 1);
    // Nobody was warned before the policy was there: nothing is revoked at once, however long it was not used.
    await aFewRounds();
    expect(await eventsOf(unused.id)).toMatchObject([
      { action: 'token.unused', details: { days: 90, last_used_at: expect.any(String) as string } },
    ]);
    expect(await eventsOf(never.id)).toMatchObject([
      { action: 'token.unused', details: { last_used_at: null } },
    ]);
    // Who uses it has it.
    await rows('UPDATE tokens SET last_used_at = now() WHERE id = $1', [used.id]);
    await later(24 * 11);
    for (const token of [unused, never])
      await waitFor('the revocation', async () => (await eventsOf(token.id)).length === 2);
    expect(await eventsOf(unused.id)).toMatchObject([
      { action: 'token.unused' },
      { action: 'token.revoked', details: { cause: 'policy', revoked_by: 'policy', revoked_with: null } },
    ]);
    expect(new Set(await world.verdicts(unused))).toEqual(new Set(['revoked']));
    expect(new Set(await world.verdicts(used))).toEqual(new Set(['active']));
    const { url } = world.all[0] as Verifier;
    const api = new Api(url, platformSecret(), world.business.id);
    const { body } = await api.get(`/api/v1/tokens/${unused.id}`);
    expect(body).toMatchObject({ revoked_by: 'policy', revocation_reason: 'not used for 90 days' });
    expect((await api.get(`/api/v1/tokens/${unused.id}/receipt`)).status).toBe(200);
    await aFewRounds();
    expect(await eventsOf(unused.id)).toHaveLength(2);
    expect(await eventsOf(used.id)).toHaveLength(1);
    await policy({ token_unused_days_max: null, token_unused_notice_days: 7 });
  });

  it('leaves what a suspended business cannot use', async () => {
    const token = await aToken(world.business);
    await change(token, `created_at = now() - ${hours(24 * 100)}, last_used_at = now() - ${hours(24 * 100)}`);
    const { url } = world.all[0] as Verifier;
    const root = await platform(url);
    const path = `/api/v1/admin/businesses/${world.business.id}`;
    await root.post(`${path}/suspend`, { reason: 'unpaid' });
    await policy({ token_unused_days_max: 90 });
    await later(24 * 30);
    const other = await aToken(world.business);
    await change(other, `created_at = now() - ${hours(2000)}, expires_at = now() + ${hours(5)}`);
    await waitFor('a round', async () => (await eventsOf(other.id)).length === 1);
    expect(await eventsOf(token.id)).toEqual([]);
    await policy({ token_unused_days_max: null });
    await root.post(`${path}/resume`);
  });

  it('is told exactly once, and revoked once, when process after process is killed in the middle', async () => {
    const member = await aMember(world.business);
    const token = await aToken(world.business, { member });
    await change(
      token,
      `created_at = now() - ${hours(24 * 100)}, last_used_at = NULL, expires_at = date_trunc('hour', now()) + ${hours(24 * 20)}`,
    );
    const before = { expiring: await toldOf('token.expiring'), revoked: await toldOf('token.revoked') };
    await rows(COPIES, [token.id, TOKENS]);
    const more = async (action: string, than: number): Promise<boolean> =>
      (await toldOf(action)).tokens > than;
    await waitFor('some to be told', () => more('token.expiring', before.expiring.tokens));
    // Whoever does it.
    await Promise.all(world.all.map((verifier) => verifier.kill()));
    expect((await toldOf('token.expiring')).tokens).toBeLessThan(before.expiring.tokens + TOKENS);
    const [second] = [await world.add(), await world.add()];
    await policy({ token_unused_days_max: 90, token_unused_notice_days: 10 });
    await waitFor('some to be warned of', () => more('token.unused', 4));
    await later(24 * 11);
    await waitFor('all to be warned of', async () => {
      const [row] = await rows<{ warned: number }>(
        `SELECT count(*)::int AS warned FROM token_notices n JOIN tokens t ON t.id = n.token_id WHERE t.member_id = $1 AND n.notice = 'unused'`,
        [member.id],
      );
      const revoked = `SELECT count(*)::int AS count FROM tokens WHERE member_id = $1 AND revoked_at IS NOT NULL`;
      const [ended] = await rows<{ count: number }>(revoked, [member.id]);
      return (row?.warned ?? 0) + (ended?.count ?? 0) >= TOKENS;
    });
    await later(24 * 11);
    await waitFor('some to be revoked', () => more('token.revoked', before.revoked.tokens));
    await second.kill();
    await waitFor(
      'all to be revoked',
      async () => {
        const [row] = await rows<{ left: number }>(
          'SELECT count(*)::int AS left FROM tokens WHERE member_id = $1 AND revoked_at IS NULL',
          [member.id],
        );
        return row?.left === 0;
      },
      180_000,
    );
    const ofCopies = `
SELECT count(*)::int AS tokens, min(expiring)::int AS expiring_least, max(expiring)::int AS expiring_most, max(unused)::int AS unused_most,
  min(unused)::int AS unused_least, min(revoked)::int AS revoked_least, max(revoked)::int AS revoked_most
FROM (SELECT t.id, count(*) FILTER (WHERE action = 'token.expiring') AS expiring, count(*) FILTER (WHERE action = 'token.unused') AS unused,
    count(*) FILTER (WHERE action = 'token.revoked') AS revoked
  FROM tokens t JOIN audit_events e ON e.target_id = t.id::text AND e.business_id = t.business_id WHERE t.member_id = $1 GROUP BY t.id) counted`;
    expect(await rows(ofCopies, [member.id])).toEqual([
      {
        tokens: TOKENS,
        expiring_least: 1,
        expiring_most: 1,
        unused_least: 1,
        unused_most: 1,
        revoked_least: 1,
        revoked_most: 1,
      },
    ]);
    const dense = `SELECT max(sequence)::int = count(*)::int AS dense FROM audit_events WHERE business_id = $1`;
    expect(await rows(dense, [world.business.id])).toEqual([{ dense: true }]);
    await waitFor('what was told of revoked tokens to be forgotten', async () => {
      const [row] = await rows<{ left: number }>(
        'SELECT count(*)::int AS left FROM token_notices n JOIN tokens t ON t.id = n.token_id WHERE t.member_id = $1',
        [member.id],
      );
      return row?.left === 0;
    });
  }, 240_000);
});
