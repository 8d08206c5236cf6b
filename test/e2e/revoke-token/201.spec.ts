import { sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const revoke = (id: string): string => `/api/v1/tokens/${id}/revoke`;

describe('POST /api/v1/tokens/{id}/revoke answers 201', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('and the token is refused from then on', async () => {
    const token = await aToken(business);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
    const { status, body } = await business.api.post(revoke(token.id), { reason: 'lost laptop' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      code: 'token.revoked',
      data: { id: token.id, jti: token.jti, revoked_by: 'platform', revocation_reason: 'lost laptop' },
    });
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    const { body: info } = await business.api.get(`/api/v1/tokens/${token.id}`);
    expect(info).toMatchObject({
      status: 'revoked',
      revoked_at: body.data.revoked_at,
      revoked_by: 'platform',
    });
  });

  it.each([
    ['no body', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a reason of null', { reason: null }],
  ])('with %s', async (_, body) => {
    const token = await aToken(business);
    const { status, body: answer } = await business.api.post(revoke(token.id), body);
    expect([status, answer.data.revocation_reason]).toEqual([201, null]);
  });

  it('again with the facts of the first revocation, and one event', async () => {
    const token = await aToken(business);
    const admin = await aToken(business, { role: 'admin' });
    const first = await business.api.post(revoke(token.id), { reason: 'first' });
    const second = await admin.api.post(revoke(token.id), { reason: 'second' });
    expect(second.status).toBe(201);
    expect(second.body.data).toEqual(first.body.data);
    expect(second.body.receipt.audit_sequence).toBe(first.body.receipt.audit_sequence);
    const events = await sql(
      (await sharedApp()).databaseUrl,
      `SELECT sequence::int FROM audit_events WHERE action = 'token.revoked' AND target_id = $1`,
      [token.id],
    );
    expect(events).toEqual([{ sequence: first.body.receipt.audit_sequence }]);
  });

  it('naming as author the e-mail of a user, or the name of an identity', async () => {
    const admin = await aMember(business, 'admin');
    const identity = await anIdentity(business, 'admin');
    const byUser = await aToken(business, { member: admin });
    const byIdentity = await aToken(business, { identityId: identity.id });
    for (const [author, label] of [
      [byUser, admin.email],
      [byIdentity, identity.name],
    ] as const) {
      const { body } = await author.api.post(revoke((await aToken(business)).id));
      expect(body.data.revoked_by).toBe(label);
    }
  });

  it('for a developer who revokes a token of theirs, and for any token that revokes itself', async () => {
    const developer = await aMember(business);
    const [own, other] = [
      await aToken(business, { member: developer }),
      await aToken(business, { member: developer }),
    ];
    expect((await own.api.post(revoke(other.id))).status).toBe(201);
    expect((await own.api.post(revoke(own.id))).status).toBe(201);
    const auditor = await aToken(business, { role: 'auditor' });
    expect((await auditor.api.post(revoke(auditor.id))).status).toBe(201);
    expect((await auditor.api.get('/api/v1/tokens')).status).toBe(401);
  });

  it('also for a token that has expired', async () => {
    const token = await aToken(business, { expiresInDays: 1 });
    await sql(
      (await sharedApp()).databaseUrl,
      `UPDATE tokens SET expires_at = now() - interval '1 day' WHERE id = $1`,
      [token.id],
    );
    expect((await business.api.post(revoke(token.id))).status).toBe(201);
    expect((await business.api.get(`/api/v1/tokens/${token.id}`)).body.status).toBe('revoked');
  });

  it('with the reason exactly as given', async () => {
    const reason = 'Zeile 1\nZeile 2\tüñ😀 "quoted" <b>';
    const { body } = await business.api.post(revoke((await aToken(business)).id), { reason });
    expect(body.data.revocation_reason).toBe(reason);
    const longest = '😀'.repeat(1024);
    const { body: long } = await business.api.post(revoke((await aToken(business)).id), { reason: longest });
    expect(long.data.revocation_reason).toBe(longest);
  });
});
