import { aBusiness, aToken } from '../../support/factories.js';

describe('POST /api/v1/tokens/verify with input that is not valid', () => {
  it('is refused, also to the platform, and the process goes on', async () => {
    const business = await aBusiness();
    const { secret } = await aToken(business);
    for (const token of [{ toString: 'x' }, null, 7, ['a'], 'x'.repeat(600)]) {
      const { status } = await business.api.post('/api/v1/tokens/verify', { token });
      expect(status).toBe(422);
    }
    const { body } = await business.api.post('/api/v1/tokens/verify', { token: secret });
    expect(body.active).toBe(true);
  });
});
