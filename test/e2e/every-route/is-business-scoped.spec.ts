import { randomUUID } from 'node:crypto';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { nameOf, nativeOperations } from '../../support/native-operations.js';
import type { Operation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';

describe('every route of a business', () => {
  let url: string;
  let operations: Operation[];
  let business: TestBusiness;
  let foreign: TestBusiness;
  let owner: TestToken;

  beforeAll(async () => {
    url = (await sharedApp()).url;
    operations = (await nativeOperations(url)).filter(({ needsBusiness }) => needsBusiness);
    business = await aBusiness();
    foreign = await aBusiness();
    owner = await aToken(business, { role: 'owner' });
  });

  async function ask(operation: Operation, businessIds: string[], secret = owner.secret) {
    const { status, text } = await exchange(url, {
      method: operation.method,
      path: operation.address(() => randomUUID()),
      headers: [
        ['authorization', `Bearer ${secret}`],
        ...businessIds.map((id): [string, string] => ['x-business-id', id]),
      ],
    });
    const { request_id, ...rest } = JSON.parse(text) as { request_id: string; code: string; detail: string };
    expect(request_id).toMatch(/^[\w.-]+$/);
    return { name: nameOf(operation), status, ...rest };
  }

  it('there are some', () => expect(operations.length).toBeGreaterThan(12));

  /**
   * Whose addresses are Infisical's where no business is named (test/e2e/infisical-identities), and what is asked in the
   * caller's own then (test/e2e/verify-token, test/e2e/sessions).
   */
  const SHARED = new Set([
    'createIdentity',
    'getIdentity',
    'changeIdentity',
    'verifyToken',
    'verifyTokens',
    'findTokens',
    'listSessions',
    'revokeSession',
  ]);

  it('refuses a request that names no business', async () => {
    for (const operation of operations) {
      const answer = { status: 400, code: 'business.header_missing' };
      if (!SHARED.has(operation.operationId ?? ''))
        expect(await ask(operation, [])).toMatchObject({ name: nameOf(operation), ...answer });
      expect(await ask(operation, [''])).toMatchObject({ name: nameOf(operation), ...answer });
    }
  });

  it('refuses a malformed business, and one that is named twice', async () => {
    for (const operation of operations) {
      for (const ids of [
        ['acme'],
        [`${business.id}0`],
        [business.id, business.id],
        [business.id, foreign.id],
      ])
        expect(await ask(operation, ids)).toMatchObject({
          name: nameOf(operation),
          status: 400,
          code: 'business.header_malformed',
        });
    }
  });

  it('refuses a foreign business and one that does not exist with the same body', async () => {
    for (const operation of operations) {
      const answer = await ask(operation, [foreign.id]);
      expect(answer).toMatchObject({ name: nameOf(operation), status: 403, code: 'business.forbidden' });
      expect(await ask(operation, [randomUUID()])).toEqual(answer);
    }
  });

  it('refuses the platform a business that does not exist', async () => {
    for (const operation of operations) {
      expect(await ask(operation, [randomUUID()], platformSecret())).toMatchObject({
        name: nameOf(operation),
        status: 403,
        code: 'business.forbidden',
      });
    }
  });

  it('takes the business in upper case for what it is', async () => {
    const { status } = await owner.api.within(business.id.toUpperCase()).get('/api/v1/tokens');
    expect(status).toBe(200);
  });
});
