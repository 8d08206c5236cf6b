import type { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

describe('Revoking a token with its children', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  const revoke = (id: string, body: object = {}, api: Api = business.api) =>
    api.post(`/api/v1/tokens/${id}/revoke`, body);
  const isGood = async (secret: string, within: TestBusiness = business): Promise<boolean> =>
    (await within.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;
  const goodOnes = (...tokens: TestToken[]): Promise<boolean[]> =>
    Promise.all(tokens.map(({ secret }) => isGood(secret)));

  async function issuedBy(api: Api, body: object = {}): Promise<TestToken> {
    const { status, body: answer } = await api.post('/api/v1/tokens', {
      name: 'child',
      scopes: ['rescind:tokens:write'],
      ...body,
    });
    if (status !== 201) throw new Error(JSON.stringify(answer));
    const secret = answer.token as string;
    return {
      id: answer.token_info.id as string,
      jti: answer.token_info.jti as string,
      secret,
      api: api.as(secret),
    };
  }
  const rotatedBy = async (api: Api, { id }: TestToken): Promise<TestToken> => {
    const { body } = await api.post(`/api/v1/tokens/${id}/rotate`);
    const secret = body.token as string;
    return { id: body.token_info.id as string, jti: '', secret, api: api.as(secret) };
  };

  it('shows where a token comes from, in its record and in the log', async () => {
    const parent = await aToken(business, { role: 'admin' });
    const child = await issuedBy(parent.api);
    const { body } = await business.api.get(`/api/v1/tokens/${child.id}`);
    expect(body.issued_by_token).toBe(parent.id);
    const [event] = await sql<{ details: object }>(
      (await sharedApp()).databaseUrl,
      `SELECT details FROM audit_events WHERE action = 'token.issued' AND target_id = $1`,
      [child.id],
    );
    expect(event?.details).toMatchObject({ issued_by_token: parent.id });
  });

  it.each([
    ['asked for', { children: true }],
    ['the reason is leaked', { reason: 'leaked' }],
  ])(
    'takes all of them along when %s: grandchildren, those of others, and what they were rotated into',
    async (_, body) => {
      const parent = await aToken(business, { role: 'admin' });
      const identity = await anIdentity(business);
      const own = await issuedBy(parent.api);
      const others = await issuedBy(parent.api, { identity_id: identity.id });
      const grandchild = await issuedBy(own.api);
      const successor = await rotatedBy(business.api, grandchild);
      const bystander = await aToken(business);
      const taken = await rotatedBy(parent.api, bystander);
      const uncle = await issuedBy(business.api, { identity_id: identity.id });
      const answer = await revoke(parent.id, body);
      expect(answer.body.tokens_revoked).toBe(6);
      expect(await goodOnes(parent, own, others, grandchild, successor, taken)).toEqual(Array(6).fill(false));
      expect(await isGood(uncle.secret)).toBe(true);
      const events = await sql<{
        target_id: string;
        cause: string;
        revoked_with: string | null;
        reason: string;
      }>(
        (await sharedApp()).databaseUrl,
        `SELECT target_id, details->>'cause' AS cause, details->>'revoked_with' AS revoked_with
       FROM audit_events WHERE action = 'token.revoked' AND target_id = ANY ($1)`,
        [[parent, own, others, grandchild, successor, taken].map(({ id }) => id)],
      );
      expect(events).toHaveLength(6);
      const origins = new Map(
        events.map(({ target_id, cause, revoked_with }) => [target_id, [cause, revoked_with]]),
      );
      expect(origins.get(grandchild.id)).toEqual(['parent', own.id]);
      expect(origins.get(successor.id)).toEqual(['predecessor', grandchild.id]);
      expect(origins.get(taken.id)).toEqual(['parent', parent.id]);
    },
  );

  it('leaves them when nothing is said, and what it rotated itself into when only children are asked for', async () => {
    const parent = await aToken(business, { role: 'admin' });
    const child = await issuedBy(parent.api);
    expect((await revoke(parent.id)).body.tokens_revoked).toBe(1);
    expect(await isGood(child.secret)).toBe(true);
    expect((await revoke(parent.id, { children: true })).body.tokens_revoked).toBe(1);
    expect(await isGood(child.secret)).toBe(false);
    const second = await aToken(business, { role: 'admin' });
    const before = await issuedBy(second.api);
    const successor = await rotatedBy(second.api, second);
    const { body } = await revoke(second.id, { children: true });
    expect([body.tokens_revoked, body.live_successors]).toEqual([2, [successor.id]]);
    expect(await goodOnes(before, successor)).toEqual([false, true]);
    expect((await revoke(second.id, { successors: true })).body.tokens_revoked).toBe(1);
  });

  it('takes along those of others only for somebody who may revoke them', async () => {
    const member = await aMember(business, 'admin');
    const parent = await aToken(business, { member });
    const own = await issuedBy(parent.api);
    const others = await issuedBy(parent.api, { identity_id: (await anIdentity(business)).id });
    await business.api.patch(`/api/v1/members/${member.id}`, { role: 'developer' });
    const { status, body } = await revoke(parent.id, { reason: 'leaked' }, parent.api);
    expect([status, body.tokens_revoked]).toEqual([201, 2]);
    expect(await goodOnes(own, others)).toEqual([false, true]);
  });

  it('ends also the token that asks for it, and leaves a log that can be verified', async () => {
    const parent = await aToken(business, { role: 'admin' });
    const child = await issuedBy(parent.api);
    const { status, body } = await revoke(parent.id, { children: true }, child.api);
    expect([status, body.tokens_revoked]).toEqual([201, 2]);
    expect(await goodOnes(parent, child)).toEqual([false, false]);
    const [late] = await sql(
      (await sharedApp()).databaseUrl,
      `SELECT count(*)::int FROM audit_events a JOIN audit_events r USING (business_id)
       WHERE r.action = 'token.revoked' AND r.target_id = a.actor_token_id::text AND a.sequence > r.sequence AND a.business_id = $1`,
      [business.id],
    );
    expect(late).toEqual({ count: 0 });
  });

  it('of the platform takes along what it issued in every business, but only when that is asked for', async () => {
    const api = await platform();
    const { body: made } = await api.post('/api/v1/admin/tokens', { name: 'provisioning' });
    const provisioning = api.as(made.token as string);
    const path = `/api/v1/admin/tokens/${made.token_info.id}/revoke`;
    const businesses = [await aBusiness(), await aBusiness(), await aBusiness()];
    const children: [TestToken, TestBusiness][] = [];
    for (const each of businesses) {
      const child = await issuedBy(provisioning.within(each.id), { scopes: ['rescind:business:admin'] });
      children.push([child, each], [await issuedBy(child.api), each]);
    }
    const { body: next } = await provisioning.post('/api/v1/admin/tokens', { name: 'next' });
    const nextOne = await issuedBy(api.as(next.token as string).within(business.id));
    await revokeWithReason('leaked');
    expect(await Promise.all(children.map(([{ secret }, each]) => isGood(secret, each)))).toEqual(
      Array(6).fill(true),
    );
    const { body } = await api.post(path, { reason: 'leaked', children: true });
    expect(body.tokens_revoked).toBe(8);
    expect(await Promise.all(children.map(([{ secret }, each]) => isGood(secret, each)))).toEqual(
      Array(6).fill(false),
    );
    expect(await isGood(nextOne.secret)).toBe(false);
    for (const each of businesses) {
      const events = await sql(
        (await sharedApp()).databaseUrl,
        `SELECT actor_kind FROM audit_events WHERE business_id = $1 AND action = 'token.revoked'`,
        [each.id],
      );
      expect(events).toEqual([{ actor_kind: 'platform' }, { actor_kind: 'platform' }]);
    }

    async function revokeWithReason(reason: string): Promise<void> {
      const { body: answer } = await api.post(path, { reason });
      expect(answer.tokens_revoked).toBe(1);
    }
  });

  it('of the platform finds also what was being issued while it was revoked', async () => {
    for (let race = 0; race < 10; race++) {
      const api = await platform();
      const { body: made } = await api.post('/api/v1/admin/tokens', { name: 'provisioning' });
      const provisioning = api.as(made.token as string);
      const businesses = await Promise.all([aBusiness(), aBusiness()]);
      const issuing = businesses.flatMap((each) =>
        [1, 2, 3].map(() => provisioning.within(each.id).post('/api/v1/tokens', { name: 'late' })),
      );
      const { status } = await api.post(`/api/v1/admin/tokens/${made.token_info.id}/revoke`, {
        children: true,
      });
      expect(status).toBe(201);
      for (const answer of await Promise.all(issuing)) expect([201, 401]).toContain(answer.status);
      const alive = await sql(
        (await sharedApp()).databaseUrl,
        'SELECT id FROM tokens WHERE issued_by_token = $1 AND revoked_at IS NULL',
        [made.token_info.id],
      );
      expect([race, alive]).toEqual([race, []]);
    }
  });

  it('takes a thousand along in one transaction', async () => {
    const parent = await aToken(business, { role: 'admin' });
    const child = await issuedBy(parent.api);
    await sql(
      (await sharedApp()).databaseUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, token_prefix, digest, pepper_id, scopes, issued_by_token)
       SELECT gen_random_uuid(), substr(md5(random()::text || n), 1, 22), business_id, owner_kind, member_id, token_prefix,
         decode(md5(n::text), 'hex'), pepper_id, scopes, $1::uuid FROM tokens, generate_series(1, 1000) AS n WHERE id = $2`,
      [parent.id, child.id],
    );
    const { status, body } = await revoke(parent.id, { reason: 'leaked' });
    expect([status, body.tokens_revoked]).toEqual([201, 1002]);
    const [events] = await sql(
      (await sharedApp()).databaseUrl,
      `SELECT count(*)::int FROM audit_events WHERE details->>'revoked_with' = $1`,
      [parent.id],
    );
    expect(events).toEqual({ count: 1001 });
  });
});
