import { randomUUID } from 'node:crypto';
import { sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/api/v1/revocations';

describe('POST /api/v1/revocations of any selected tokens', () => {
  let business: TestBusiness;
  beforeEach(async () => {
    business = await aBusiness();
  });

  const isGood = async (secret: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;
  const revoke = (selector: object, more: object = {}) =>
    business.api.post(PATH, { selector, reason: 'leaked', ...more });

  it('has revoked all of them when it answers, with an event each, and shows it with its tokens and its receipt', async () => {
    const member = await aMember(business);
    const tokens = [
      await aToken(business, { member, scopes: ['orders:read'] }),
      await aToken(business, { scopes: ['orders:read', 'jobs:read'] }),
    ];
    const other = await aToken(business, { scopes: ['jobs:read'] });
    const { status, body } = await revoke({ scopes_has: ['orders:read'] });
    expect(status).toBe(201);
    for (const { secret } of tokens) expect(await isGood(secret)).toBe(false);
    expect(await isGood(other.secret)).toBe(true);
    expect(body).toMatchObject({
      kind: 'selection',
      state: 'done',
      selector: { scopes_has: ['orders:read'] },
      issued_before: null,
      revoked_by: 'platform',
      revocation_reason: 'leaked',
      tokens_matched: 2,
      tokens_revoked: 2,
      approval: null,
      break_glass: false,
    });
    expect(body.receipt.audit_sequence).toBeGreaterThan(0);
    expect((await business.api.get(`${PATH}/${body.id}`)).body).toEqual(body);
    const { body: list } = await business.api.get(PATH);
    expect(list.items).toHaveLength(1);
    expect(body).toMatchObject(list.items[0]);
    const page = await business.api.get(`${PATH}/${body.id}/tokens`, { limit: 1 });
    expect(page.body.items).toMatchObject([{ id: tokens[0]?.id, status: 'revoked', revoked_by: 'platform' }]);
    const next = await business.api.get(`${PATH}/${body.id}/tokens`, { cursor: page.body.next_cursor });
    expect(next.body.items.map(({ id }: { id: string }) => id)).toEqual([tokens[1]?.id]);
    const { body: events } = await business.api.get('/api/v1/audit/events', {
      action: 'token.*',
      order: 'oldest',
    });
    const told = events.items.filter(
      ({ action }: { action: string }) => !['token.issued', 'token.use_refused'].includes(action),
    );
    expect(told.map(({ action }: { action: string }) => action)).toEqual([
      'token.selection_revoked',
      'token.revoked',
      'token.revoked',
      'token.selection_marked',
    ]);
    expect(told[0]).toMatchObject({
      actor: { kind: 'platform' },
      reason: 'leaked',
      details: { selector: '{"scopes_has":["orders:read"]}', tokens: 2, revoked_by: 'platform' },
    });
    expect(told[1]).toMatchObject({
      actor: { kind: 'system' },
      reason: 'leaked',
      details: { cause: 'selection', revoked_with: body.id, revoked_by: 'platform' },
    });
    const receipt = await business.api.get(`${PATH}/${body.id}/receipt`);
    expect(receipt.status).toBe(200);
    const claims = JSON.parse(
      Buffer.from((receipt.body as unknown as string).split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(claims).toMatchObject({ sub: body.id, tokens_revoked: 2, revocation_reason: 'leaked' });
  });

  it('revokes nothing more when it is repeated under its key', async () => {
    const call = {
      body: { selector: { scopes_has: ['orders:read'] }, reason: 'x' },
      headers: { 'idempotency-key': randomUUID() },
    };
    await aToken(business, { scopes: ['orders:read'] });
    const first = await business.api.call('POST', PATH, call);
    const fresh = await aToken(business, { scopes: ['orders:read'] });
    const again = await business.api.call('POST', PATH, call);
    expect([again.status, again.body.id, again.body.tokens_revoked]).toEqual([201, first.body.id, 1]);
    expect(await isGood(fresh.secret)).toBe(true);
  });

  it('takes along what the tokens have replaced and is still in its grace', async () => {
    const old = await aToken(business, { name: 'old', scopes: ['orders:read'] });
    const rotated = await business.api.post(`/api/v1/tokens/${old.id}/rotate`, { grace_seconds: 600 });
    await business.api.patch(`/api/v1/tokens/${rotated.body.token_info.id}`, { external_id: 'c1' });
    const { body } = await revoke({ external_id: 'c1', owner_email: '*' });
    expect(body).toMatchObject({ tokens_matched: 1, tokens_revoked: 2 });
    expect([await isGood(old.secret), await isGood(rotated.body.token)]).toEqual([false, false]);
  });

  it('takes a selector for a cut-off where it is one, whatever its words', async () => {
    const [member, identity] = [await aMember(business), await anIdentity(business)];
    const old = await aToken(business, { member });
    const kinds = [
      [{ owner_email: member.email }, { owner: member.email }],
      [{ identity_id: identity.id }, { identity: identity.id }],
      [{ owner_email: '*' }, { business: true }],
    ] as const;
    for (const [asked, understood] of kinds)
      expect((await revoke(asked)).body).toMatchObject({ kind: 'cut_off', selector: understood });
    expect(await isGood(old.secret)).toBe(false);
    const until = await revoke({ owner_email: member.email, created_before: '2020-01-01T00:00:00Z' });
    expect(until.body).toMatchObject({ kind: 'cut_off', issued_before: '2019-12-31T23:59:59.999Z' });
  });

  it('says that nothing is meant, rather than that all of it is revoked', async () => {
    await aToken(business, { scopes: ['jobs:read'] });
    for (const selector of [
      { scopes_has: ['orders:read'] },
      { owner_email: 'nobody@example.com', status: 'active' },
      { identity_id: randomUUID(), status: 'active' },
    ])
      expect(await revoke(selector)).toMatchObject({
        status: 409,
        body: { code: 'revocation.nothing_matched' },
      });
    expect((await business.api.get(PATH)).body.items).toEqual([]);
  });

  it('refuses more than 10,000 with the way out, and revokes none of them', async () => {
    const { id, secret } = await aToken(business, { scopes: ['orders:read'] });
    const { superuserUrl } = await sharedApp();
    await sql(
      superuserUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at)
       SELECT gen_random_uuid(), substr(md5(random()::text || n), 1, 22), business_id, owner_kind, member_id, name, token_prefix,
         decode(md5(random()::text || n) || md5(n::text), 'hex'), pepper_id, scopes, created_at
       FROM tokens, generate_series(1, 10000) AS n WHERE id = $1`,
      [id],
    );
    const { status, body } = await revoke({ scopes_has: ['orders:read'] });
    expect([status, body.code]).toEqual([409, 'revocation.too_many']);
    expect(body.detail).toContain('Select a business, an owner or an identity');
    expect(await isGood(secret)).toBe(true);
    expect((await business.api.get(PATH)).body.items).toEqual([]);
  });

  it('ends the calling token with the others, and answers', async () => {
    const member = await aMember(business, 'owner');
    const own = await aToken(business, { member });
    const { status, body } = await own.api.post(PATH, {
      selector: { owner_email: member.email, status: 'active' },
      reason: 'mine',
    });
    expect([status, body]).toMatchObject([
      201,
      { kind: 'selection', revoked_by: member.email, tokens_revoked: 1 },
    ]);
    expect((await own.api.get(PATH)).status).toBe(401);
  });

  it('keeps the facts of whoever revoked one of them first', async () => {
    const [one, two] = [await aToken(business, { name: 'pair' }), await aToken(business, { name: 'pair' })];
    const [single, bulk] = await Promise.all([
      business.api.post(`/api/v1/tokens/${one.id}/revoke`, { reason: 'single' }),
      revoke({ name: 'pair', owner_email: '*' }),
    ]);
    expect([single.status, bulk.status]).toEqual([201, 201]);
    const { body: first } = await business.api.get(`/api/v1/tokens/${one.id}`);
    expect(['single', 'leaked']).toContain(first.revocation_reason);
    expect((await business.api.get(`/api/v1/tokens/${two.id}`)).body.revocation_reason).toBe('leaked');
    const { body: events } = await business.api.get('/api/v1/audit/events', { action: 'token.revoked' });
    expect(events.items).toHaveLength(2);
  });

  it('lets one of two calls use a plan that are made at once', async () => {
    await aToken(business, { scopes: ['orders:read'] });
    const { body } = await revoke({ scopes_has: ['orders:read'] }, { preview: true });
    const calls = await Promise.all(
      Array.from({ length: 4 }, () => business.api.post(PATH, { plan: body.plan })),
    );
    expect(calls.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('shows the tokens to whoever asked for them, but others’ no more to one who has become a developer', async () => {
    const member = await aMember(business, 'admin');
    const own = await aToken(business, { member, scopes: ['orders:read'] });
    const another = await aToken(business, { scopes: ['orders:read'] });
    const { api } = await aToken(business, {
      member,
      scopes: ['rescind:tokens:read', 'rescind:tokens:write'],
    });
    const selector = { owner_email: '*', scopes_has: ['orders:read'] };
    const { body } = await api.post(PATH, { selector, reason: 'leaked' });
    const shown = async (): Promise<string[]> =>
      (await api.get(`${PATH}/${body.id}/tokens`)).body.items.map(({ id }: { id: string }) => id);
    expect((await shown()).sort()).toEqual([own.id, another.id].sort());
    await business.api.patch(`/api/v1/members/${member.id}`, { role: 'developer' });
    expect(await shown()).toEqual([own.id]);
  });

  it.each([
    [
      'the reason',
      (secret: string) => ({ selector: { scopes_has: ['a:b'] }, reason: `leaked: x${secret}` }),
      200,
    ],
    ['a name', (secret: string) => ({ selector: { name: secret }, reason: 'x' }), 422],
    ['an external id', (secret: string) => ({ selector: { external_id: secret }, reason: 'x' }), 422],
    ['metadata', (secret: string) => ({ selector: { metadata: { a: secret } }, reason: 'x' }), 422],
  ])('leaves a secret that is pasted into %s in no row and no event', async (_, inputOf, status) => {
    const { secret } = await aToken(business, { scopes: ['a:b'] });
    const answer = await business.api.post(PATH, { ...inputOf(secret), preview: true });
    expect(answer.status).toBe(status);
    const { body } = await business.api.get('/api/v1/audit/events', { limit: '100' });
    expect(JSON.stringify(body)).not.toContain(secret);
    const { superuserUrl } = await sharedApp();
    const rows = await sql(superuserUrl, 'SELECT FROM revocation_plans WHERE strpos(request::text, $1) > 0', [
      secret,
    ]);
    expect(rows).toEqual([]);
  });
});
