import { randomUUID } from 'node:crypto';
import type { AnyBody, Api } from '../../support/api.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';

const PATH = '/api/v1/revocations';

describe('POST /api/v1/revocations/{id}/decline', () => {
  let business: TestBusiness;
  let asks: Api;
  let grace: Api;
  let tokens: TestToken[];
  let selector: { owner: string };
  beforeEach(async () => {
    business = await aBusiness();
    const setting = { approval_above: 1 };
    await (await platform()).patch(`/api/v1/admin/businesses/${business.id}`, setting);
    asks = (await aToken(business, { role: 'owner' })).api;
    grace = (await aToken(business, { role: 'owner' })).api;
    const member = await aMember(business);
    selector = { owner: member.email };
    tokens = [await aToken(business, { member }), await aToken(business, { member })];
  });

  const asked = async (by: Api = asks, more: object = {}): Promise<string> => {
    const { status, body } = await by.post(PATH, { selector, reason: 'laptop stolen', ...more });
    expect(status).toBe(202);
    return body.id as string;
  };
  const decline = (id: string, by: Api = grace, reason: unknown = 'wrong member') =>
    by.post(`${PATH}/${id}/decline`, { reason });
  const approve = (id: string, by: Api = grace) => by.post(`${PATH}/${id}/approve`, {});
  const goodOnes = async (): Promise<boolean[]> =>
    Promise.all(
      tokens.map(
        async ({ secret }) =>
          (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean,
      ),
    );
  const told = async (id: string): Promise<AnyBody[]> => {
    const { body } = await business.api.get('/api/v1/audit/events', { order: 'oldest', target_id: id });
    return body.items as AnyBody[];
  };

  it('revokes nothing, for good, and says who declined it, when and why', async () => {
    const id = await asked();
    const { status, body } = await decline(id);
    expect([status, body]).toMatchObject([
      200,
      {
        id,
        state: 'declined',
        revoked_at: null,
        tokens_matched: 2,
        tokens_revoked: 0,
        approval: {
          approved_by: null,
          approved_at: null,
          declined_by: expect.stringMatching(/^owner-/),
          declined_at: expect.any(String),
          decline_reason: 'wrong member',
        },
      },
    ]);
    expect(body.approval.declined_by).not.toBe(body.revoked_by);
    expect(body.finished_at).toBe(body.approval.declined_at);
    expect((await asks.get(`${PATH}/${id}`)).body).toMatchObject(body);
    expect((await asks.get(PATH)).body.items).toMatchObject([{ id, state: 'declined' }]);
    expect(await approve(id)).toMatchObject({ status: 409, body: { code: 'revocation.not_awaiting' } });
    expect(await goodOnes()).toEqual([true, true]);
    const [, event, ...more] = await told(id);
    expect(event).toMatchObject({
      action: 'revocation.declined',
      reason: 'wrong member',
      actor: { email: body.approval.declined_by },
      details: {
        asked_by: body.revoked_by,
        declined_by: body.approval.declined_by,
        tokens: 2,
        state_before: 'awaiting_approval',
        state_after: 'declined',
      },
    });
    expect(more).toEqual([]);
    // It can be asked for again.
    expect((await approve(await asked())).status).toBe(201);
    expect(await goodOnes()).toEqual([false, false]);
  });

  it('answers a repeated call with the facts of the first, and records nothing more', async () => {
    const id = await asked();
    const first = await decline(id);
    for (const by of [grace, asks]) {
      const again = await decline(id, by, 'another reason');
      expect([again.status, again.body]).toEqual([200, first.body]);
    }
    expect((await told(id)).map(({ action }) => action)).toEqual(['revocation.asked', 'revocation.declined']);
  });

  it('answers whoever repeats the request under its key that it was declined', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const call = { body: { selector, reason: 'laptop stolen' }, headers };
    const first = await asks.call('POST', PATH, call);
    await decline(first.body.id as string);
    const again = await asks.call('POST', PATH, call);
    expect([again.status, again.body]).toMatchObject([
      202,
      { id: first.body.id, state: 'declined', receipt: null },
    ]);
  });

  it('is refused once it was made', async () => {
    for (const more of [{}, { selector: { owner_email: selector.owner, status: 'active' } }]) {
      const member = await aMember(business);
      selector = { owner: member.email };
      await aToken(business, { member });
      await aToken(business, { member });
      const words = 'selector' in more ? { selector: { owner_email: member.email, status: 'active' } } : {};
      const id = await asked(asks, words);
      expect((await approve(id)).status).toBe(201);
      expect(await decline(id)).toMatchObject({ status: 409, body: { code: 'revocation.not_awaiting' } });
      expect((await asks.get(`${PATH}/${id}`)).body.approval).toMatchObject({
        declined_by: null,
        declined_at: null,
        decline_reason: null,
      });
    }
    // Nobody had to approve it.
    const alone = await asks.post(PATH, {
      selector: { identity: (await anIdentity(business)).id },
      reason: 'x',
    });
    expect((await decline(alone.body.id as string)).status).toBe(404);
  });

  it('is withdrawn by whoever asked, with any token of theirs, also as a developer or a machine', async () => {
    const developer = await aMember(business, 'developer');
    const machine = await anIdentity(business, 'admin');
    const own = { selector: { scopes_has: ['orders:read'] } };
    for (const owner of [{ member: developer }, { identityId: machine.id }]) {
      const scopes = ['orders:read', 'rescind:tokens:read', 'rescind:tokens:write'];
      const first = await aToken(business, { ...owner, scopes });
      const another = await aToken(business, { ...owner, scopes });
      const id = await asked(first.api, own);
      const { status, body } = await decline(id, another.api, 'not those');
      expect([status, body.state]).toEqual([200, 'declined']);
      expect(body.approval.declined_by).toBe(body.revoked_by);
    }
    const id = await asked(business.api);
    expect((await decline(id, business.api)).body.approval.declined_by).toBe('platform');
  });

  it('is not declined by others below, by machines, or by a token that comes from whoever asked', async () => {
    const chief = await aToken(business, { role: 'owner' });
    const id = await asked(chief.api);
    const second = await aMember(business, 'owner');
    const issued = await chief.api.post('/api/v1/tokens', {
      name: 'for you',
      owner_email: second.email,
      scopes: ['rescind:tokens:write'],
    });
    const machine = await aToken(business, { identityId: (await anIdentity(business, 'owner')).id });
    const foreign = await aToken(await aBusiness(), { role: 'owner' });
    const developer = await aToken(business, {
      role: 'developer',
      scopes: ['rescind:tokens:read', 'rescind:tokens:write'],
    });
    const refused: [string, Api, number, string][] = [
      [
        'a token that the first has issued',
        chief.api.as(issued.body.token as string),
        403,
        'revocation.decline_denied',
      ],
      ['a machine', machine.api, 403, 'revocation.decline_denied'],
      ['the platform, in nobody’s name', business.api, 403, 'revocation.decline_denied'],
      ['an admin, of an owner’s', (await aToken(business, { role: 'admin' })).api, 403, 'permission.denied'],
      ['an auditor', (await aToken(business, { role: 'auditor' })).api, 403, 'permission.denied'],
      ['a developer, who may not read it', developer.api, 404, 'revocation.not_found'],
      ['another business', foreign.api, 404, 'revocation.not_found'],
    ];
    for (const [who, api, status, code] of refused) {
      const answer = await decline(id, api);
      expect([who, answer.status, answer.body.code]).toEqual([who, status, code]);
    }
    expect((await decline(randomUUID())).status).toBe(404);
    expect((await asks.get(`${PATH}/${id}`)).body.state).toBe('awaiting_approval');
    expect((await decline(id, grace)).status).toBe(200);
  });

  it('is no way to withdraw as somebody whose e-mail address one has given to a member', async () => {
    const root = await platform();
    const { body } = await root.post('/api/v1/admin/tokens', {
      name: 'of Ada',
      issued_to: 'ada@platform.example',
    });
    const ofPlatform = business.api.as(body.token as string);
    const id = await asked(ofPlatform);
    const admin = await aToken(business, { role: 'admin' });
    await admin.api.post('/api/v1/members', { email: 'ada@platform.example', name: 'Ada', role: 'admin' });
    const disguise = await admin.api.post('/api/v1/tokens', {
      name: 'x',
      owner_email: 'ada@platform.example',
      scopes: ['rescind:tokens:write'],
    });
    expect(disguise.status).toBe(201);
    expect((await decline(id, admin.api.as(disguise.body.token as string))).status).toBe(403);
    expect((await decline(id, ofPlatform)).status).toBe(200);
  });

  it('demands a reason, and leaves a secret in it out', async () => {
    const id = await asked();
    for (const reason of [undefined, null, '', 7, 'x'.repeat(1025)])
      expect((await grace.post(`${PATH}/${id}/decline`, { reason })).status).toBe(422);
    const secret = tokens[0]?.secret ?? '';
    const { body } = await decline(id, grace, `see ${secret}`);
    expect(body.approval.decline_reason).toMatch(/^see /);
    expect(JSON.stringify([body, await told(id)])).not.toContain(secret);
  });
});
