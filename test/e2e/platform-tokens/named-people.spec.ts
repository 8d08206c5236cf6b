import type { Api } from '../../support/api.js';
import { createdPlatformToken, type NamedToken } from './named-token.js';
import { aBusiness, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { sql } from '../../support/databases.js';
import { sharedApp } from '../../support/shared-app.js';

const EVENTS = '/api/v1/audit/events';

describe('a platform token that was issued to a person', () => {
  let root: Api;
  let grace: NamedToken;
  let business: TestBusiness;

  beforeAll(async () => {
    root = await platform();
    grace = await createdPlatformToken(root, `grace-${Date.now()}@example.com`);
    business = await aBusiness();
  });

  it('shows that person wherever it is listed, and keeps it for life', async () => {
    const { body } = await root.get('/api/v1/admin/tokens');
    const listed = (body.items as { id: string; issued_to: string | null }[]).find(
      ({ id }) => id === grace.id,
    );
    expect(listed?.issued_to).toBe(grace.person);
    const { superuserUrl } = await sharedApp();
    const change = sql(superuserUrl, 'UPDATE tokens SET issued_to = $2 WHERE id = $1', [grace.id, 'x']);
    await expect(change).rejects.toThrow('for life');
  });

  it('names the person in the log of a business, in revoked_by, and in its own log', async () => {
    const token = await aToken(business);
    const within = root.as(grace.secret).within(business.id);
    const { body: revoked } = await within.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'left' });
    expect(revoked.data.revoked_by).toBe(grace.person);
    const { body } = await business.api.get(EVENTS, { action: 'token.revoked' });
    expect(body.items).toMatchObject([
      { actor: { kind: 'platform', id: null, email: grace.person, token_id: grace.id } },
    ]);
    const issued = await root.get('/api/v1/admin/audit/events', {
      business_id: 'platform',
      action: 'platform.token_issued',
      target_id: grace.id,
    });
    expect(issued.body.items).toMatchObject([{ details: { issued_to: grace.person } }]);
  });

  it('is found by the person, beside the members whose e-mail that is', async () => {
    const mail = `both-${Date.now()}@example.com`;
    const both = await createdPlatformToken(root, mail);
    const { body: member } = await business.api.post('/api/v1/members', {
      email: mail,
      name: 'B',
      role: 'admin',
    });
    const own = await aToken(business, { member: { id: member.id as string, email: mail, role: 'admin' } });
    await root
      .as(both.secret)
      .within(business.id)
      .post('/api/v1/identities', { name: 'ci-both', role: 'developer' });
    await own.api.get('/api/v1/admin/businesses');
    for (const order of ['newest', 'oldest']) {
      const { body } = await business.api.get(EVENTS, { actor: mail, order });
      const found = (body.items as { action: string }[]).map(({ action }) => action).sort();
      expect(found).toEqual(['access.denied', 'identity.created']);
    }
    const { body: across } = await root.get('/api/v1/admin/audit/events', { actor: mail });
    expect(across.items).toHaveLength(2);
  });

  it('says nothing of anybody where nobody was named, or a name is none', async () => {
    const nobody = await root.post('/api/v1/admin/tokens', { name: 'nobody' });
    expect(nobody.body.token_info.issued_to).toBeNull();
    for (const issued_to of ['', ' ', 'a\u0000b', 'x'.repeat(321), 7])
      expect((await root.post('/api/v1/admin/tokens', { name: 'n', issued_to })).status).toBe(422);
  });
});
