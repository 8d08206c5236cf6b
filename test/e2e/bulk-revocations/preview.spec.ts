import { randomUUID } from 'node:crypto';
import { sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/api/v1/revocations';

describe('POST /api/v1/revocations with preview, and by its plan', () => {
  let business: TestBusiness;
  beforeEach(async () => {
    business = await aBusiness();
  });

  const isGood = async (secret: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;
  const preview = (selector: object, more: object = {}, api = business.api) =>
    api.post(PATH, { selector, reason: 'a drill', preview: true, ...more });

  it('counts by owner, scope and last use, shows some, and revokes nothing', async () => {
    const member = await aMember(business);
    const identity = await anIdentity(business);
    const tokens = [
      await aToken(business, { member, scopes: ['orders:read', 'orders:write'] }),
      await aToken(business, { member, scopes: ['orders:read'] }),
      await aToken(business, { identityId: identity.id, scopes: ['orders:read'] }),
    ];
    await aToken(business, { member, scopes: ['jobs:read'] });
    const { superuserUrl } = await sharedApp();
    const used = async (id: string, ago: string): Promise<void> => {
      await sql(superuserUrl, `UPDATE tokens SET last_used_at = now() - $2::interval WHERE id = $1`, [
        id,
        ago,
      ]);
    };
    await used(tokens[0]?.id ?? '', '2 hours');
    await used(tokens[1]?.id ?? '', '30 days');
    const usage = (token: string | undefined, ago: string, active: number) =>
      sql(
        superuserUrl,
        `INSERT INTO token_usage VALUES ($1, date_trunc('hour', now() - $2::interval), $3, $4, 7, 0, 0, 0, 0, 0)`,
        [token, ago, business.id, active],
      );
    await usage(tokens[0]?.id, '2 hours', 40);
    await usage(tokens[0]?.id, '3 hours', 2);
    await usage(tokens[0]?.id, '30 hours', 500);
    await usage(tokens[1]?.id, '30 days', 500);
    const { status, body } = await preview({ scopes_has: ['orders:read'] });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      preview: true,
      tokens: 3,
      owners: 2,
      by_owner: [
        { kind: 'user', id: member.id, name: member.email, tokens: 2 },
        { kind: 'identity', id: identity.id, name: identity.name, tokens: 1 },
      ],
      by_scope: [
        { scope: 'orders:read', tokens: 3 },
        { scope: 'orders:write', tokens: 1 },
      ],
      by_last_use: { hour: 0, day: 1, week: 0, earlier: 1, never: 1 },
      active_verdicts_last_day: 42,
      untouchable: null,
      needs_approval: false,
      ends_caller: false,
    });
    const ids = body.sample.map(({ id }: { id: string }) => id);
    expect(ids.sort()).toEqual(tokens.map(({ id }) => id).sort());
    for (const { secret } of tokens) expect(await isGood(secret)).toBe(true);
    expect((await business.api.get(PATH)).body.items).toEqual([]);
  });

  it('executes just what it showed, once, for whoever asked alone', async () => {
    const token = await aToken(business, { scopes: ['orders:read'] });
    const other = await aToken(business, { role: 'owner' });
    const { body } = await preview({ scopes_has: ['orders:read'] });
    const byAnother = await other.api.post(PATH, { plan: body.plan });
    const ofNobody = await business.api.post(PATH, { plan: randomUUID() });
    expect([byAnother.status, ofNobody.status, byAnother.body.detail]).toEqual([
      404,
      404,
      ofNobody.body.detail,
    ]);
    const made = await business.api.post(PATH, { plan: body.plan });
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        kind: 'selection',
        state: 'done',
        tokens_matched: 1,
        tokens_revoked: 1,
        revocation_reason: 'a drill',
      },
    ]);
    expect(await isGood(token.secret)).toBe(false);
    expect(await business.api.post(PATH, { plan: body.plan })).toMatchObject({
      status: 409,
      body: { code: 'revocation.plan_used' },
    });
  });

  it('does not execute a plan that has expired', async () => {
    const token = await aToken(business, { scopes: ['orders:read'] });
    const { body } = await preview({ scopes_has: ['orders:read'] });
    const { superuserUrl } = await sharedApp();
    await sql(superuserUrl, 'UPDATE revocation_plans SET expires_at = now() WHERE id = $1', [body.plan]);
    expect(await business.api.post(PATH, { plan: body.plan })).toMatchObject({
      status: 409,
      body: { code: 'revocation.plan_expired' },
    });
    expect(await isGood(token.secret)).toBe(true);
  });

  it.each([
    ['selected tokens', { scopes_has: ['orders:read'] }],
    ['a cut-off', 'owner'],
  ])(
    'says so when the set of %s has grown, shrunk or changed, and revokes that of now only when told to',
    async (_, of) => {
      const member = await aMember(business);
      const selector = of === 'owner' ? { owner: member.email } : (of as object);
      const issue = () => aToken(business, { member, scopes: ['orders:read'] });
      const first = await issue();
      const plan = async () => (await preview(selector)).body.plan as string;
      const grown = await plan();
      const second = await issue();
      expect(await business.api.post(PATH, { plan: grown })).toMatchObject({
        status: 409,
        body: { code: 'revocation.set_changed', tokens_planned: 1, tokens_now: 2 },
      });
      const shrunk = await plan();
      await business.api.post(`/api/v1/tokens/${first.id}/revoke`);
      expect(await business.api.post(PATH, { plan: shrunk })).toMatchObject({
        status: 409,
        body: { tokens_planned: 2, tokens_now: 1 },
      });
      // As many, and others.
      const third = await issue();
      expect(await business.api.post(PATH, { plan: shrunk })).toMatchObject({
        status: 409,
        body: { tokens_planned: 2, tokens_now: 2 },
      });
      expect(await isGood(second.secret)).toBe(true);
      expect((await business.api.post(PATH, { plan: shrunk, if_changed: 'proceed' })).status).toBe(201);
      expect([await isGood(second.secret), await isGood(third.secret)]).toEqual([false, false]);
    },
  );

  it('tells an admin what belongs to owners, and leaves that alone', async () => {
    const admin = await aToken(business, { role: 'admin' });
    const chief = await aMember(business, 'owner');
    const theirs = await aToken(business, { member: chief, scopes: ['orders:read'] });
    const token = await aToken(business, { scopes: ['orders:read'] });
    const selector = { owner_email: '*', scopes_has: ['orders:read'] };
    const { body } = await preview(selector, {}, admin.api);
    expect(body).toMatchObject({
      tokens: 1,
      untouchable: {
        tokens: 1,
        reason: 'higher_role',
        by_owner: [{ kind: 'user', id: chief.id, name: chief.email, tokens: 1 }],
      },
    });
    expect((await admin.api.post(PATH, { plan: body.plan })).body).toMatchObject({ tokens_revoked: 1 });
    expect([await isGood(theirs.secret), await isGood(token.secret)]).toEqual([true, false]);
    expect((await preview({ business: true }, {}, admin.api)).status).toBe(403);
    expect((await preview({ owner_email: '*' }, {}, admin.api)).status).toBe(403);
  });

  it('shows a developer their own alone, and that the calling token is among them', async () => {
    const member = await aMember(business);
    const own = await aToken(business, { member });
    await aToken(business);
    expect((await preview({ owner: member.email }, {}, own.api)).body).toMatchObject({
      tokens: 1,
      ends_caller: true,
    });
    expect((await preview({ status: 'active' }, {}, own.api)).body).toMatchObject({ tokens: 1 });
    for (const selector of [{ owner_email: '*', status: 'active' }, { business: true }])
      expect((await preview(selector, {}, own.api)).status).toBe(403);
  });

  it.each([
    ['nothing', {}],
    ['two groups', { business: true, owner: 'ada@example.com' }],
    ['a group and more', { owner: 'ada@example.com', scopes_has: ['a'] }],
    ['two owners', { owner_email: 'ada@example.com', identity_id: randomUUID() }],
    ['revoked tokens', { status: 'revoked' }],
    ['scopes that exclude each other', { scopes_has: ['a'], scopes_only: ['b'] }],
    ['times that exclude each other', { created_after: '2026-02-01', created_before: '2026-01-01' }],
    ['a null', { name: null }],
    ['something unknown', { everything: true }],
    ['the platform', { platform: true }],
  ])('refuses a selector that names %s', async (_, selector) => {
    expect((await preview(selector)).status).toBe(422);
    expect((await business.api.post(PATH, { selector, reason: 'x' })).status).toBe(422);
  });

  it.each([
    [{ plan: randomUUID(), selector: { business: true } }],
    [{ plan: randomUUID(), reason: 'x' }],
    [{ plan: randomUUID(), preview: true }],
    [{ plan: 'mine' }],
    [{ selector: { business: true }, reason: 'x', if_changed: 'proceed' }],
    [{ selector: { business: true }, reason: 'x', preview: 'yes' }],
    [{ selector: { scopes_has: ['a'] }, reason: 'x', issued_before: '2020-01-01T00:00:00Z' }],
    [{ reason: 'x', preview: true }],
    [{ selector: { business: true }, preview: true }],
    [{}],
  ])('refuses %j', async (body) => {
    expect((await business.api.post(PATH, body)).status).toBe(422);
  });

  it.each([
    ['owner', 'admin', { owner_email: '*', scopes_has: ['orders:read'] }],
    ['admin', 'developer', { owner_email: '*', scopes_has: ['orders:read'] }],
  ] as const)('is worth nothing any more to an %s who has become %s', async (role, less, selector) => {
    const boss = await aToken(business, { role: 'owner', scopes: ['orders:read'] });
    const token = await aToken(business, { scopes: ['orders:read'] });
    const member = await aMember(business, role);
    await aMember(business, 'owner');
    const { api } = await aToken(business, { member, scopes: ['rescind:tokens:write'] });
    const { body } = await preview(selector, {}, api);
    expect(body.tokens).toBe(role === 'owner' ? 2 : 1);
    await business.api.patch(`/api/v1/members/${member.id}`, { role: less });
    expect((await api.post(PATH, { plan: body.plan })).status).toBe(403);
    expect((await api.post(PATH, { plan: body.plan, if_changed: 'proceed' })).status).toBe(403);
    for (const { secret } of [boss, token]) expect(await isGood(secret)).toBe(true);
  });

  it('is bound to the set, which nobody can change for one of as many that is made to look alike', async () => {
    const { superuserUrl } = await sharedApp();
    const token = await aToken(business);
    await sql(
      superuserUrl,
      `INSERT INTO tokens (id, jti, digest, pepper_id, business_id, owner_kind, member_id, name, token_prefix, scopes, dialect, external_id, created_at, updated_at)
       SELECT gen_random_uuid(), left(replace(gen_random_uuid()::text, '-', ''), 22), digest, pepper_id, business_id, owner_kind, member_id, name, token_prefix, scopes, dialect,
         CASE WHEN n <= 200 THEN 'shown' END, now(), now() FROM tokens, generate_series(1, 400) AS n WHERE id = $1`,
      [token.id],
    );
    const rows = await sql<{ id: string; shown: boolean; x: string; y: string }>(
      superuserUrl,
      `SELECT id, external_id IS NOT NULL AS shown, uuid_hash_extended(id, 1)::text AS x, uuid_hash_extended(id, 2)::text AS y
       FROM tokens WHERE business_id = $1 AND id <> $2`,
      [business.id, token.id],
    );
    const { body } = await preview({ external_id: 'shown', status: 'active' });
    expect(body.tokens).toBe(200);
    const hashes = rows.map(
      ({ x, y }) => (BigInt.asUintN(64, BigInt(x)) << 64n) | BigInt.asUintN(64, BigInt(y)),
    );
    const exchanged = exchangeOfEqualHash(
      hashes,
      rows.map(({ shown }) => shown),
    );
    await sql(
      superuserUrl,
      `UPDATE tokens SET external_id = CASE WHEN external_id IS NULL THEN 'shown' END WHERE id = ANY ($1::uuid[])`,
      [exchanged.map((index) => rows[index]?.id)],
    );
    expect(await business.api.post(PATH, { plan: body.plan })).toMatchObject({
      status: 409,
      body: { code: 'revocation.set_changed', tokens_planned: 200, tokens_now: 200 },
    });
  });

  it('counts and touches nothing of another business', async () => {
    const foreign = await aBusiness();
    const token = await aToken(foreign, { scopes: ['orders:read'] });
    const identity = await anIdentity(foreign);
    const mine = await preview({ scopes_has: ['orders:read'] });
    expect(mine.body).toMatchObject({ tokens: 0, sample: [], by_owner: [] });
    const theirs = await preview({ identity_id: identity.id, status: 'active' });
    expect(theirs.body).toMatchObject({ tokens: 0 });
    const plan = (await preview({ scopes_has: ['orders:read'] }, {}, foreign.api)).body.plan as string;
    expect((await business.api.post(PATH, { plan })).status).toBe(404);
    expect(await isGood(token.secret)).toBe(false);
    expect((await foreign.api.post('/api/v1/tokens/verify', { token: token.secret })).body.active).toBe(true);
  });
});

/**
 * As many that are in the set as are not in it, whose hashes have the exclusive or 0: by elimination, and by trying sums of what
 * that leaves.
 */
function exchangeOfEqualHash(hashes: readonly bigint[], isIn: readonly boolean[]): number[] {
  const kernel: bigint[] = [];
  const reduced = new Map<number, { hash: bigint; from: bigint }>();
  for (const [index, each] of hashes.entries()) {
    let [hash, from] = [each, 1n << BigInt(index)];
    while (hash !== 0n) {
      const top = hash.toString(2).length;
      const known = reduced.get(top);
      if (known === undefined) {
        reduced.set(top, { hash, from });
        break;
      }
      hash ^= known.hash;
      from ^= known.from;
    }
    if (hash === 0n) kernel.push(from);
  }
  for (;;) {
    const sum = kernel.reduce((some, each) => (Math.random() < 0.5 ? some ^ each : some), 0n);
    const members = hashes.flatMap((_, index) => ((sum >> BigInt(index)) & 1n ? [index] : []));
    const inside = members.filter((index) => isIn[index]).length;
    if (members.length > 0 && 2 * inside === members.length) return members;
  }
}
