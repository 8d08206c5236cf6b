import { sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const DAY_MS = 86_400_000;
/** The documented regular expression of a secret. */
const SECRET = /^dz_[0-9A-Za-z]{22}_[0-9A-Za-z]+_[0-9A-Za-z]{6}$/;

describe('POST /api/v1/tokens answers 201', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('with a secret of the documented form that is good at once, and its record', async () => {
    const member = await aMember(business);
    const { body } = await business.api.post('/api/v1/tokens', {
      name: 'deploy',
      description: 'for\nci',
      scopes: ['jobs:read'],
      owner_email: member.email,
    });
    expect(body.token).toMatch(SECRET);
    expect(body.token_info).toMatchObject({
      name: 'deploy',
      description: 'for\nci',
      scopes: ['jobs:read'],
      status: 'active',
      business_id: business.id,
      owner: { kind: 'user', id: member.id, email: member.email },
      revoked_at: null,
      last_used_at: null,
    });
    expect(body.token).toContain(body.token_info.jti);
    const { body: verdict } = await business.api.post('/api/v1/tokens/verify', { token: body.token });
    expect(verdict).toMatchObject({ active: true, id: body.token_info.id, scopes: ['jobs:read'] });
  });

  it.each([
    [undefined, 365],
    [1, 1],
    [365, 365],
    [null, null],
  ])('when %s days are asked for expires after %s', async (expires_in_days, days) => {
    const owner = await aToken(business, { role: 'owner', expiresInDays: null });
    const { body } = await owner.api.post('/api/v1/tokens', {
      name: 'n',
      ...(expires_in_days === undefined ? {} : { expires_in_days }),
    });
    const { created_at, expires_at } = body.token_info;
    const lifetime =
      expires_at === null ? null : Math.round((Date.parse(expires_at) - Date.parse(created_at)) / DAY_MS);
    expect(lifetime).toBe(days);
  });

  it('with the prefix of the business', async () => {
    const acme = await aBusiness({ tokenPrefix: 'acme' });
    const { secret, api } = await aToken(acme, { role: 'owner' });
    expect(secret).toMatch(/^acme_/);
    expect((await api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('to oneself when no owner is named, to a member or an identity when an administrator names one', async () => {
    const developer = await aToken(business);
    const own = await developer.api.post('/api/v1/tokens', { name: 'n' });
    expect(own.body.token_info.owner).toEqual(
      (await business.api.get(`/api/v1/tokens/${developer.id}`)).body.owner,
    );
    const admin = await aToken(business, { role: 'admin' });
    const identity = await anIdentity(business);
    const ofIdentity = await admin.api.post('/api/v1/tokens', {
      name: 'n',
      identity_id: identity.id.toUpperCase(),
    });
    expect(ofIdentity.body.token_info.owner).toEqual({
      kind: 'identity',
      id: identity.id,
      name: identity.name,
      email: null,
    });
  });

  it('with the product scopes of the caller when none are asked for, and no management whoever asks', async () => {
    const caller = await aToken(business, {
      role: 'owner',
      scopes: ['jobs:write', 'rescind:tokens:write', 'rescind:members:read'],
    });
    const [developer, owner] = [await aMember(business), await aMember(business, 'owner')];
    const { body } = await caller.api.post('/api/v1/tokens', { name: 'n', owner_email: developer.email });
    expect(body.token_info.scopes).toEqual(['jobs:write']);
    for (const scopes of [undefined, null]) {
      const request = { name: 'n', owner_email: owner.email, scopes };
      const ofOwner = await business.api.post('/api/v1/tokens', request);
      expect(ofOwner.body.token_info.scopes).toEqual([]);
      expect((await business.api.as(ofOwner.body.token).get('/api/v1/tokens')).status).toBe(403);
    }
    const narrower = await caller.api.post('/api/v1/tokens', { name: 'n', scopes: ['jobs:read'] });
    expect(narrower.body.token_info.scopes).toEqual(['jobs:read']);
  });

  it('with one event, which names the author and the owner', async () => {
    const admin = await aToken(business, { role: 'admin' });
    const { body, headers } = await admin.api.post('/api/v1/tokens', { name: 'n' });
    const events = await sql<{ action: string; request_id: string; actor_token_id: string; details: object }>(
      (await sharedApp()).databaseUrl,
      `SELECT action, request_id, actor_token_id, details FROM audit_events WHERE target_id = $1`,
      [body.token_info.id],
    );
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      action: 'token.issued',
      request_id: headers['x-request-id'],
      actor_token_id: admin.id,
    });
  });
});

describe('POST /api/v1/tokens refuses', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('403: scopes that the caller lacks, or that the role of the owner does not allow', async () => {
    const developer = await aToken(business);
    const admin = await aToken(business, { role: 'admin' });
    const member = await aMember(business);
    for (const [caller, input] of [
      [developer, { scopes: ['rescind:audit:read'] }],
      [developer, { scopes: ['rescind:business:admin'] }],
      [admin, { scopes: ['rescind:platform:admin'] }],
      [admin, { scopes: ['rescind:members:write'], owner_email: member.email }],
    ] as const) {
      const { status, body } = await caller.api.post('/api/v1/tokens', { name: 'n', ...input });
      expect([status, body.code]).toEqual([403, 'permission.scope_not_grantable']);
    }
  });

  it('403: a developer who names somebody else as the owner', async () => {
    const [developer, colleague] = [await aToken(business), await aMember(business)];
    const { status } = await developer.api.post('/api/v1/tokens', {
      name: 'n',
      owner_email: colleague.email,
    });
    expect(status).toBe(403);
  });

  it('409: an identity that is disabled', async () => {
    const identity = await anIdentity(business);
    await business.api.post(`/api/v1/identities/${identity.id}/disable`);
    const { status, body } = await business.api.post('/api/v1/tokens', {
      name: 'n',
      identity_id: identity.id,
    });
    expect([status, body.code]).toEqual([409, 'identity.disabled']);
  });

  it('422: two owners, lifetimes out of range, reserved scopes that do not exist', async () => {
    for (const input of [
      { owner_email: 'a@example.com', identity_id: '0199c0de-0000-7000-8000-000000000000' },
      { expires_in_days: 0 },
      { expires_in_days: 366 },
      { expires_in_days: -1 },
      { scopes: ['rescind:everything'] },
      { scopes: ['two words'] },
      { name: '' },
      { name: '   ' },
    ])
      expect([input, (await business.api.post('/api/v1/tokens', { name: 'n', ...input })).status]).toEqual([
        input,
        422,
      ]);
  });
});
