import { randomUUID } from 'node:crypto';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';

const revoke = (id: string): string => `/api/v1/tokens/${id}/revoke`;

describe('POST /api/v1/tokens/{id}/revoke refuses', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('401: a token that was revoked, even to revoke itself again', async () => {
    const token = await aToken(business);
    await token.api.post(revoke(token.id));
    expect((await token.api.post(revoke(token.id))).status).toBe(401);
  });

  it('403: an auditor who names the token of somebody else, and it stays active', async () => {
    const [auditor, token] = [await aToken(business, { role: 'auditor' }), await aToken(business)];
    expect((await auditor.api.post(revoke(token.id))).status).toBe(403);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('404: an id of nobody, and for a developer alike that of a colleague', async () => {
    const [developer, colleague] = [await aToken(business), await aToken(business)];
    const nobodys = await developer.api.post(revoke(randomUUID()));
    const colleagues = await developer.api.post(revoke(colleague.id));
    expect(nobodys.status).toBe(404);
    expect(colleagues.body).toEqual({ ...nobodys.body, request_id: colleagues.body.request_id });
    expect((await colleague.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('404: the platform token itself, named within a business', async () => {
    const { body } = await business.api.get('/api/v1/admin/tokens');
    expect((await business.api.post(revoke(body.items[0].id))).status).toBe(404);
  });

  it('422: a reason that is too long, and the token stays active', async () => {
    const token = await aToken(business);
    const { status, body } = await business.api.post(revoke(token.id), { reason: 'x'.repeat(1025) });
    expect(status).toBe(422);
    expect(body.detail).toEqual([
      { loc: ['body', 'reason'], msg: 'String should have at most 1024 characters', type: 'string_type' },
    ]);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });
});
