import { aBusiness, type TestBusiness } from '../../support/factories.js';

describe('POST /api/v1/tokens/verify-batch answers 422', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it.each([
    ['no list', 'secret'],
    ['nothing', []],
    ['a list in the list', [[]]],
    ['null in the list', [null]],
    ['a text in the list', ['secret']],
    ['an item without a secret', [{ scopes: ['jobs:read'] }]],
    ['more than a hundred', Array.from({ length: 101 }, () => ({ token: 'secret' }))],
  ])('for %s', async (_, items) => {
    const { status, body } = await business.api.post('/api/v1/tokens/verify-batch', { items });
    expect([status, body.code]).toEqual([422, 'input.invalid']);
  });
});
