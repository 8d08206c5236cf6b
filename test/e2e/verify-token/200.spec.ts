import { sql } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

describe('POST /api/v1/tokens/verify answers 200', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  const verify = async (token: string, more = {}): Promise<Record<string, unknown>> => {
    const { status, body } = await business.api.post('/api/v1/tokens/verify', { token, ...more });
    expect(status).toBe(200);
    return body;
  };

  it('active, with whose it is and what it may do', async () => {
    const member = await aMember(business);
    const token = await aToken(business, { member, name: 'deploy', scopes: ['jobs:write'] });
    expect(await verify(token.secret)).toMatchObject({
      active: true,
      id: token.id,
      jti: token.jti,
      business_id: business.id,
      name: 'deploy',
      scopes: ['jobs:write'],
      owner: { kind: 'user', id: member.id, email: member.email, role: 'developer' },
    });
  });

  it('active when the scopes asked for are covered: by name, or write for read', async () => {
    const { secret } = await aToken(business, { scopes: ['jobs:write', 'files:read'] });
    expect(await verify(secret, { scopes: ['jobs:read', 'jobs:write', 'files:read'] })).toMatchObject({
      active: true,
    });
    expect(await verify(secret, { scopes: ['files:write'] })).toEqual({
      active: false,
      reason: 'insufficient_scope',
    });
    expect(await verify(secret, { scopes: ['jobs'] })).toEqual({
      active: false,
      reason: 'insufficient_scope',
    });
  });

  it('malformed for what cannot be a secret, unknown for what could', async () => {
    for (const garbage of ['', 'x', 'dz_', ' ', '\u0000', '💩', 'x'.repeat(512), '../../etc/passwd'])
      expect(await verify(garbage)).toEqual({ active: false, reason: 'malformed' });
    const { secret } = await aToken(business);
    const changed = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0');
    expect(await verify(changed)).toEqual({ active: false, reason: 'malformed' });
    expect(await verify(secret.replace('dz_', 'dy_'))).toEqual({ active: false, reason: 'malformed' });
  });

  it('revoked, expired', async () => {
    const [revoked, expired] = [await aToken(business), await aToken(business)];
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    expect(await verify(revoked.secret)).toEqual({ active: false, reason: 'revoked' });
    await sql((await sharedApp()).databaseUrl, `UPDATE tokens SET expires_at = now() WHERE id = $1`, [
      expired.id,
    ]);
    expect(await verify(expired.secret)).toEqual({ active: false, reason: 'expired' });
  });

  it('suspended for all tokens of a suspended business, until it is resumed; what was revoked stays so', async () => {
    const own = await aBusiness();
    const tokens: TestToken[] = [await aToken(own), await aToken(own, { role: 'owner' })];
    const reasons = async (): Promise<unknown[]> =>
      Promise.all(
        tokens.map(
          async ({ secret }) => (await own.api.post('/api/v1/tokens/verify', { token: secret })).body.reason,
        ),
      );
    const switchTo = (what: string) => own.api.post(`/api/v1/admin/businesses/${own.id}/${what}`);
    await switchTo('suspend');
    expect(await reasons()).toEqual(['suspended', 'suspended']);
    expect((await tokens[1]?.api.get('/api/v1/tokens'))?.status).toBe(401);
    await own.api.post(`/api/v1/tokens/${tokens[0]?.id}/revoke`);
    await switchTo('resume');
    expect(await reasons()).toEqual(['revoked', undefined]);
  });

  it('revoked for the tokens of a removed member and of a disabled identity, for good', async () => {
    const [member, identity] = [await aMember(business), await anIdentity(business)];
    const ofMember = await aToken(business, { member });
    const ofIdentity = await aToken(business, { identityId: identity.id });
    const removed = await business.api.delete(`/api/v1/members/${member.id}`, { reason: 'left' });
    const disabled = await business.api.post(`/api/v1/identities/${identity.id}/disable`);
    expect([removed.body.tokens_revoked, disabled.body.tokens_revoked]).toEqual([1, 1]);
    await business.api.post(`/api/v1/identities/${identity.id}/enable`);
    await business.api.post('/api/v1/members', { email: member.email, name: 'Back', role: 'developer' });
    for (const { id, secret } of [ofMember, ofIdentity]) {
      expect(await verify(secret)).toEqual({ active: false, reason: 'revoked' });
      const { body } = await business.api.get(`/api/v1/tokens/${id}`);
      expect(body).toMatchObject({ status: 'revoked', revoked_by: 'platform' });
    }
    expect((await business.api.get(`/api/v1/tokens/${ofMember.id}`)).body.revocation_reason).toBe('left');
  });

  it('and the use is on the record of the token soon after, never going back', async () => {
    const token = await aToken(business);
    await verify(token.secret);
    const used = async (): Promise<string | null> =>
      (await business.api.get(`/api/v1/tokens/${token.id}`)).body.last_used_at;
    expect(Date.now() - Date.parse(await waitFor('the use', used))).toBeLessThan(60_000);
  });
});
