import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';

describe('POST /api/v1/tokens/{id}/revoke answers 201', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it('and the token is refused from then on', async () => {
    const token = await aToken(business);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
    const { status, body } = await business.api.post(`/api/v1/tokens/${token.id}/revoke`, {
      reason: 'lost laptop',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      code: 'token.revoked',
      data: { id: token.id, jti: token.jti, revoked_by: 'platform', revocation_reason: 'lost laptop' },
    });
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
  });
});
