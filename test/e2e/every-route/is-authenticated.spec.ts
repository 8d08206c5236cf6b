import { randomUUID } from 'node:crypto';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { nameOf, nativeOperations } from '../../support/native-operations.js';
import type { Operation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';

type Headers = [string, string][];

describe('every route', () => {
  let url: string;
  let operations: Operation[];
  let business: TestBusiness;
  let token: TestToken;

  beforeAll(async () => {
    url = (await sharedApp()).url;
    operations = await nativeOperations(url);
    business = await aBusiness();
    token = await aToken(business, { role: 'owner' });
  });

  const ask = (operation: Operation, headers: Headers, query = ''): Promise<Answer> =>
    exchange(url, {
      method: operation.method,
      path: operation.address(() => randomUUID()) + query,
      headers: [['x-business-id', business.id], ...headers],
    });

  async function expectEverywhere(
    headers: () => Headers,
    expected: { status: number; code: string; challenge: string },
    query?: () => string,
  ): Promise<void> {
    expect(operations.length).toBeGreaterThan(20);
    for (const operation of operations) {
      const { status, headers: answered, text } = await ask(operation, headers(), query?.());
      const { code, request_id, detail } = JSON.parse(text) as Record<string, string>;
      expect([nameOf(operation), status, code, answered['www-authenticate']]).toEqual([
        nameOf(operation),
        expected.status,
        expected.code,
        expected.challenge,
      ]);
      expect(request_id).toBe(answered['x-request-id']);
      expect(typeof detail).toBe('string');
      expect(answered['cache-control']).toBe('no-store');
    }
  }

  const REQUIRED = {
    status: 401,
    code: 'authentication.required',
    challenge: 'Bearer realm="rescind"',
  };
  const MALFORMED = {
    status: 400,
    code: 'authentication.malformed',
    challenge: 'Bearer realm="rescind", error="invalid_request"',
  };
  const INVALID = {
    status: 401,
    code: 'authentication.invalid',
    challenge: 'Bearer realm="rescind", error="invalid_token"',
  };

  it('asks for a secret that is missing, before anything else is judged', () =>
    expectEverywhere(() => [], REQUIRED));

  it('asks for a bearer when the credential is of another scheme', () =>
    expectEverywhere(() => [['authorization', `Basic ${btoa('ada:secret')}`]], REQUIRED));

  it('does not take a secret out of the address', () =>
    expectEverywhere(
      () => [],
      REQUIRED,
      () => `?access_token=${token.secret}`,
    ));

  it('refuses a secret that is given twice, once in the address', () =>
    expectEverywhere(
      () => [['authorization', `Bearer ${token.secret}`]],
      MALFORMED,
      () => `?access_token=${token.secret}`,
    ));

  it('refuses two Authorization headers, even of the same good secret', () =>
    expectEverywhere(
      () => [
        ['authorization', `Bearer ${token.secret}`],
        ['authorization', `Bearer ${token.secret}`],
      ],
      MALFORMED,
    ));

  it('asks for a secret where the bearer is empty, and refuses more than one', async () => {
    for (const empty of ['Bearer', 'Bearer ', 'Bearer   '])
      await expectEverywhere(() => [['authorization', empty]], REQUIRED);
    await expectEverywhere(() => [['authorization', `Bearer ${token.secret} ${token.secret}`]], MALFORMED);
  });

  it('refuses a secret that is garbage, one whose end was changed, and one of nobody, alike', async () => {
    const other = await aToken(business);
    const crossed = `${token.secret.slice(0, -6)}${other.secret.slice(-6)}`;
    for (const secret of ['garbage', crossed, `dz_${'0'.repeat(22)}_${'a'.repeat(40)}_000000`]) {
      await expectEverywhere(() => [['authorization', `Bearer ${secret}`]], INVALID);
    }
  });

  it('refuses a revoked token', async () => {
    const revoked = await aToken(business, { role: 'owner' });
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    await expectEverywhere(() => [['authorization', `Bearer ${revoked.secret}`]], INVALID);
  });

  it('accepts the scheme in any case', async () => {
    for (const scheme of ['bearer', 'BEARER']) {
      const { status } = await exchange(url, {
        method: 'GET',
        path: '/api/v1/tokens',
        headers: [
          ['authorization', `${scheme} ${token.secret}`],
          ['x-business-id', business.id],
        ],
      });
      expect(status).toBe(200);
    }
  });
});
