import { exchange } from '../../support/exchange.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

/** What clients written for DayZero send, and how its guide begins. */
describe('DayZero clients', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('learn the id of their business from GET /api/v1/businesses, with any token and no other header', async () => {
    const member = (await aToken(business, { scopes: [] })).api.within(null);
    const machine = (await aToken(business, { identityId: (await anIdentity(business)).id })).api.within(
      null,
    );
    for (const caller of [member, machine]) {
      const { status, body } = await caller.get('/api/v1/businesses');
      expect([status, body.items.map(({ id }: { id: string }) => id), body.has_next]).toEqual([
        200,
        [business.id],
        false,
      ]);
    }
    const first = await (await platform()).get('/api/v1/businesses', { limit: 1 });
    expect([first.status, first.body.items.length]).toEqual([200, 1]);
    expect((await member.as(null).get('/api/v1/businesses')).body.detail).toBe('Not authenticated');
  });

  it('are not authenticated with an empty bearer, in any dialect', async () => {
    const { url } = await sharedApp();
    for (const path of [
      '/api/v1/tokens',
      '/api/public/v1/tokens',
      '/api/v1/organization',
      '/platform/v1/tokens',
    ]) {
      for (const empty of ['', 'Bearer', 'Bearer ', 'bearer  ']) {
        const { status, text } = await exchange(url, {
          method: 'GET',
          path,
          headers: [['authorization', empty]],
        });
        expect([path, empty, status, text]).toEqual([
          path,
          empty,
          401,
          expect.stringContaining('"Not authenticated"'),
        ]);
      }
    }
  });

  it('revoke with a body of which not every member is known', async () => {
    const token = await aToken(business);
    const body = { reason: 'left', notify: true, actor: { email: 'ada@example.com' } };
    const answer = await token.api.post(`/api/v1/tokens/${token.id}/revoke`, body);
    expect([answer.status, answer.body.data.revocation_reason]).toEqual([201, 'left']);
  });

  it('claim in x-user-email whom they act for; only the platform is believed in revoked_by', async () => {
    const claimed = 'ada@example.com';
    const headers = { 'x-user-email': claimed };
    const member = await aMember(business, 'admin');
    const admin = await aToken(business, { member });
    for (const [caller, claim, revokedBy, kept] of [
      [admin.api, headers, member.email, claimed],
      [business.api, headers, claimed, claimed],
      [business.api, { 'x-user-email': 'nobody' }, 'platform', undefined],
      [business.api, {}, 'platform', undefined],
    ] as const) {
      const { id } = await aToken(business);
      const answer = await caller.call('POST', `/api/v1/tokens/${id}/revoke`, { headers: claim });
      expect([answer.status, answer.body.data.revoked_by]).toEqual([201, revokedBy]);
      const { body } = await business.api.get('/api/v1/audit/events', {
        action: 'token.revoked',
        target_id: id,
      });
      expect(body.items[0].details.claimed_user).toBe(kept);
    }
  });

  it.each(['true', 'True', 'TRUE', '1', 'yes', 'on'])(
    'say include_revoked=%s, as Python does',
    async (word) => {
      const member = await aMember(business);
      const { id } = await aToken(business, { member });
      const { api } = await aToken(business, { member });
      await api.post(`/api/v1/tokens/${id}/revoke`);
      const ids = async (include_revoked: string): Promise<string[]> =>
        (await api.get('/api/v1/tokens', { include_revoked })).body.items.map(
          (each: { id: string }) => each.id,
        );
      expect(await ids(word)).toContain(id);
      for (const no of ['False', '0', 'no']) expect(await ids(no)).not.toContain(id);
      expect((await api.get('/api/v1/tokens', { include_revoked: 'perhaps' })).status).toBe(422);
    },
  );
});
