import { randomUUID } from 'node:crypto';
import { sql } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const RACES = 20;

describe('Revoking a token that was rotated', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  const revoke = (id: string, body: object = {}) => business.api.post(`/api/v1/tokens/${id}/revoke`, body);
  const isGood = async (secret: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;

  async function rotated(token: TestToken, times: number, grace_seconds = 600): Promise<TestToken[]> {
    const chain = [token];
    for (let round = 0; round < times; round++) {
      const { id } = chain.at(-1) as TestToken;
      const { body } = await business.api.post(`/api/v1/tokens/${id}/rotate`, { grace_seconds });
      const secret = body.token as string;
      const { id: successor, jti } = body.token_info as { id: string; jti: string };
      chain.push({ id: successor, jti, secret, api: business.api.as(secret) });
    }
    return chain;
  }
  const goodOnes = (chain: TestToken[]): Promise<boolean[]> =>
    Promise.all(chain.map(({ secret }) => isGood(secret)));

  it('names the successors that are still good, and says that they are', async () => {
    const chain = await rotated(await aToken(business), 3);
    const [first, second, third, last] = chain as [TestToken, TestToken, TestToken, TestToken];
    const { status, body } = await revoke(first.id, { reason: 'rotated away' });
    expect([status, body.tokens_revoked]).toEqual([201, 1]);
    expect(body.live_successors).toEqual([second.id, third.id, last.id]);
    expect(body.message).toContain('still good');
    expect(await goodOnes(chain)).toEqual([false, true, true, true]);
    // Its successor ends the graces before it; again the answer says what is left.
    const again = await revoke(third.id);
    expect([again.body.tokens_revoked, again.body.live_successors]).toEqual([2, [last.id]]);
    const repeated = await revoke(first.id);
    expect([repeated.body.tokens_revoked, repeated.body.live_successors]).toEqual([0, [last.id]]);
    expect((await revoke(last.id)).body.live_successors).toEqual([]);
    expect((await revoke(first.id)).body).toMatchObject({
      live_successors: [],
      message: 'The token had been revoked before.',
    });
  });

  it.each([
    ['asked for', { successors: true }],
    ['the reason is leaked', { reason: 'leaked' }],
    ['the reason begins so', { reason: 'Leaked in the log of a build' }],
  ])('ends them as well when %s, each with its event', async (_, body) => {
    const chain = await rotated(await aToken(business), 3);
    const answer = await revoke((chain[1] as TestToken).id, body);
    expect([answer.body.tokens_revoked, answer.body.live_successors]).toEqual([4, []]);
    expect(await goodOnes(chain)).toEqual([false, false, false, false]);
    const { databaseUrl } = await sharedApp();
    const events = await sql<{ target_id: string; cause: string; revoked_with: string | null }>(
      databaseUrl,
      `SELECT target_id, details->>'cause' AS cause, details->>'revoked_with' AS revoked_with
       FROM audit_events WHERE action = 'token.revoked' AND target_id = ANY ($1)`,
      [chain.map(({ id }) => id)],
    );
    const byToken = new Map(events.map(({ target_id, ...origin }) => [target_id, origin]));
    const [zero, one, two, three] = chain.map(({ id }) => id) as [string, string, string, string];
    expect(byToken.get(one)).toEqual({ cause: 'request', revoked_with: null });
    expect(byToken.get(zero)).toEqual({ cause: 'grace', revoked_with: one });
    expect(byToken.get(two)).toEqual({ cause: 'predecessor', revoked_with: one });
    expect(byToken.get(three)).toEqual({ cause: 'predecessor', revoked_with: two });
    const { body: record } = await business.api.get(`/api/v1/tokens/${three}`);
    expect([record.status, record.revocation_reason]).toEqual([
      'revoked',
      'reason' in body ? body.reason : null,
    ]);
    const { status, text } = await receiptOf(three);
    expect([status, text.split('.').length]).toEqual([200, 3]);
  });

  it.each([
    ['it is not asked for', { reason: 'it leaked' }],
    ['it is refused in so many words', { reason: 'leaked', successors: false, children: false }],
    ['nothing is said', {}],
  ])('leaves them when %s', async (_, body) => {
    const chain = await rotated(await aToken(business), 1);
    expect((await revoke((chain[0] as TestToken).id, body)).body.live_successors).toHaveLength(1);
    expect(await goodOnes(chain)).toEqual([false, true]);
  });

  it('can be made up for afterwards: the first revocation stands, and the successors end', async () => {
    const chain = await rotated(await aToken(business), 2, 0);
    const [first] = chain as [TestToken];
    const before = await revoke(first.id, { reason: 'first' });
    const after = await revoke(first.id, { reason: 'leaked, as it turned out' });
    expect(after.body).toMatchObject({ data: before.body.data, tokens_revoked: 2, live_successors: [] });
    expect(after.body.receipt.audit_sequence).toBe(before.body.receipt.audit_sequence);
    expect(await goodOnes(chain)).toEqual([false, false, false]);
  });

  it('is for a developer as well, about tokens of theirs', async () => {
    const own = await aToken(business);
    const [, successor] = (await rotated(own, 1)) as [TestToken, TestToken];
    const { status, body } = await own.api.post(`/api/v1/tokens/${own.id}/revoke`, { successors: true });
    expect([status, body.tokens_revoked]).toEqual([201, 2]);
    expect(await isGood(successor.secret)).toBe(false);
    const colleague = await aToken(business);
    for (const id of [colleague.id, randomUUID()])
      expect(
        (await (await aToken(business)).api.post(`/api/v1/tokens/${id}/revoke`, { successors: true })).status,
      ).toBe(404);
  });

  it.each(['', 'true', 1, [], {}])('refuses %j as an answer to whether', async (value) => {
    const token = await aToken(business);
    for (const body of [{ successors: value }, { children: value }])
      expect((await revoke(token.id, body)).status).toBe(422);
    expect(await isGood(token.secret)).toBe(true);
  });

  it(`leaves nothing of ${RACES} chains good whose thief rotates first, or meanwhile, or issues`, async () => {
    for (let race = 0; race < RACES; race++) {
      const token = await aToken(business, { expiresInDays: null });
      const got: string[] = [token.secret];
      const keep = ({ status, body }: { status: number; body: { token?: string } }): void => {
        if (status === 201 && body.token !== undefined) got.push(body.token);
      };
      /** Rotates whatever it gets hold of until it is refused, and has each issue another one. */
      const thief = async (id: string, secret: string): Promise<void> => {
        const api = business.api.as(secret);
        const issuing = api.post('/api/v1/tokens', { name: 'for later' }).then(keep);
        const { status, body } = await api.post(`/api/v1/tokens/${id}/rotate`, { grace_seconds: 600 });
        keep({ status, body });
        await issuing;
        if (status === 201 && got.length < 40)
          await thief(body.token_info.id as string, body.token as string);
      };
      const stealing = thief(token.id, token.secret);
      if (race % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
      const answer = await revoke(token.id, { successors: true, children: true });
      expect(answer.status).toBe(201);
      // Whatever an answer gave away before the revocation was answered is refused from here on.
      const atOnce = await Promise.all(got.map(isGood));
      expect(atOnce).not.toContain(true);
      await stealing;
      expect(await Promise.all(got.map(isGood))).not.toContain(true);
      const alive = await sql(
        (await sharedApp()).databaseUrl,
        `WITH RECURSIVE family AS (SELECT $1::uuid AS id UNION SELECT t.id FROM family f JOIN tokens t
           ON t.issued_by_token = f.id OR t.id = (SELECT replaced_by FROM tokens WHERE id = f.id))
         SELECT t.id FROM family f JOIN tokens t USING (id) WHERE t.revoked_at IS NULL`,
        [token.id],
      );
      expect([race, alive]).toEqual([race, []]);
    }
  });

  async function receiptOf(id: string): Promise<{ status: number; text: string }> {
    const { status, text } = await business.api.get(`/api/v1/tokens/${id}/receipt`);
    return { status, text };
  }
});
