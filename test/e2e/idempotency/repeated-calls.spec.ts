import { randomUUID } from 'node:crypto';
import type { ApiAnswer, AnyBody } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

type Answered = ApiAnswer<AnyBody>;

describe('a call whose answer was lost', () => {
  let business: TestBusiness;
  let caller: TestToken;
  beforeAll(async () => {
    business = await aBusiness();
    caller = await aToken(business, { role: 'admin' });
  });

  const issue = (key: string, body: object = { name: 'ci', scopes: [] }): Promise<Answered> =>
    caller.api.call('POST', '/api/v1/tokens', { body, headers: { 'idempotency-key': key } });
  const rotate = (tokenId: string, key: string): Promise<Answered> =>
    caller.api.call('POST', `/api/v1/tokens/${tokenId}/rotate`, { headers: { 'idempotency-key': key } });
  /** Once the first answer cannot be under way any more. */
  const later = (call: () => Promise<Answered>): Promise<Answered> =>
    waitFor('the call to be repeatable', async () => {
      const answer = await call();
      return answer.body.code === 'idempotency.under_way' ? null : answer;
    });
  const isActive = async (token: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token })).body.active as boolean;

  it('is told to wait while that answer may still come', async () => {
    const key = randomUUID();
    await issue(key);
    const { status, body, headers } = await issue(key);
    expect([status, body.code, headers['retry-after']]).toEqual([409, 'idempotency.under_way', '2']);
  });

  it('of an issue gets another secret, and the lost one is good for nothing', async () => {
    const key = randomUUID();
    const lost = await issue(key);
    const found = await later(() => issue(key));
    expect([found.status, found.body.token_info.name]).toEqual([201, 'ci']);
    expect([await isActive(lost.body.token), await isActive(found.body.token)]).toEqual([false, true]);
  });

  it('of a rotation gets another secret of one successor, again and again', async () => {
    const token = await aToken(business);
    const key = randomUUID();
    const secrets: string[] = [];
    for (let times = 0; times < 3; times++) {
      const { status, body } = await later(() => rotate(token.id, key));
      expect([status, body.replaced.id]).toEqual([201, token.id]);
      secrets.push(body.token as string);
    }
    expect(await Promise.all([token.secret, ...secrets].map(isActive))).toEqual([false, false, false, true]);
  });

  it('gets no secret of a token that somebody uses', async () => {
    const key = randomUUID();
    const { body } = await issue(key);
    expect(await isActive(body.token as string)).toBe(true);
    const { superuserUrl } = await sharedApp();
    await waitFor('the use to be written', async () => {
      const [row] = await sql(
        superuserUrl,
        'SELECT 1 FROM tokens WHERE id = $1 AND last_used_at IS NOT NULL',
        [body.token_info.id],
      );
      return row;
    });
    const again = await later(() => issue(key));
    expect([again.status, again.body.code]).toEqual([409, 'token.secret_in_use']);
    expect(await isActive(body.token as string)).toBe(true);
  });

  it('gets no secret of a token that was revoked meanwhile', async () => {
    const key = randomUUID();
    const { body } = await issue(key);
    await caller.api.post(`/api/v1/tokens/${body.token_info.id}/revoke`);
    const again = await later(() => issue(key));
    expect([again.status, again.body.code]).toEqual([409, 'token.secret_in_use']);
  });

  it('is not mistaken for another request, nor for the call of another caller', async () => {
    const key = randomUUID();
    const first = await issue(key);
    const other = await issue(key, { name: 'something else', scopes: [] });
    expect([other.status, other.body.detail[0].type]).toEqual([422, 'idempotency_key_reused']);
    const stranger = await aToken(business, { role: 'admin' });
    const { status, body } = await stranger.api.call('POST', '/api/v1/tokens', {
      body: { name: 'ci', scopes: [] },
      headers: { 'idempotency-key': key },
    });
    expect(status).toBe(201);
    expect(body.token_info.id).not.toBe(first.body.token_info.id);
  });

  it('is refused when its name is no name', async () => {
    for (const key of [' ', 'x'.repeat(256), '"a', 'ä']) {
      const { status } = await issue(key);
      expect([key, status]).toEqual([key, 400]);
    }
  });

  it('leaves no second token when both calls come at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => issue(key)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });
});
