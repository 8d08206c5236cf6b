import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestMember,
} from '../../support/factories.js';

const PATH = '/api/v1/revocations';

describe('revocations of more tokens than one person may revoke', () => {
  let business: TestBusiness;
  let asks: Api;
  let approves: Api;
  beforeEach(async () => {
    business = await aBusiness();
    const { status } = await business.api
      .within(null)
      .patch(`/api/v1/admin/businesses/${business.id}`, { approval_above: 1 });
    expect(status).toBe(200);
    asks = (await aToken(business, { role: 'owner' })).api;
    approves = (await aToken(business, { role: 'owner' })).api;
  });

  const isGood = async (secret: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;
  const some = async (count = 2) => {
    const member = await aMember(business);
    const tokens = [];
    for (let n = 0; n < count; n++) tokens.push(await aToken(business, { member, scopes: ['orders:read'] }));
    return { member, tokens };
  };
  const approve = (id: string, by: Api = approves, body: object = {}) =>
    by.post(`${PATH}/${id}/approve`, body);

  it.each([['a cut-off'], ['selected tokens']])(
    'waits for the second one with %s, and says who both were',
    async (what) => {
      const { member, tokens } = await some();
      const selector =
        what === 'a cut-off'
          ? { owner: member.email }
          : { owner_email: member.email, scopes_has: ['orders:read'] };
      const asked = await asks.post(PATH, { selector, reason: 'two of us' });
      expect([asked.status, asked.body]).toMatchObject([
        202,
        {
          state: 'awaiting_approval',
          revoked_at: null,
          tokens_matched: 2,
          tokens_revoked: 0,
          receipt: null,
          approval: { approved_by: null },
        },
      ]);
      for (const { secret } of tokens) expect(await isGood(secret)).toBe(true);
      expect((await asks.get(PATH)).body.items).toMatchObject([
        { id: asked.body.id, state: 'awaiting_approval' },
      ]);
      const made = await approve(asked.body.id);
      expect([made.status, made.body]).toMatchObject([
        201,
        { id: asked.body.id, revoked_by: asked.body.revoked_by, tokens_matched: 2 },
      ]);
      expect(made.body.approval.approved_by).toMatch(/^owner-/);
      expect(made.body.approval.approved_by).not.toBe(made.body.revoked_by);
      for (const { secret } of tokens) expect(await isGood(secret)).toBe(false);
      expect((await approve(asked.body.id)).body.code).toBe('revocation.not_awaiting');
      expect((await asks.get(PATH)).body.items).toHaveLength(1);
      const { body: events } = await business.api.get('/api/v1/audit/events', { order: 'oldest' });
      const told = events.items.filter(
        ({ target }: { target: { id: string } }) => target.id === asked.body.id,
      );
      expect(told.slice(0, 3)).toMatchObject([
        { action: 'revocation.asked', details: { tokens: 2, asked_by: made.body.revoked_by } },
        { action: 'revocation.approved', details: { approved_by: made.body.approval.approved_by } },
        { details: { revoked_by: made.body.revoked_by, approved_by: made.body.approval.approved_by } },
      ]);
      expect(told[1].actor.email).toBe(made.body.approval.approved_by);
    },
  );

  it('needs no second one for as many as one may revoke', async () => {
    const { member } = await some(1);
    expect((await asks.post(PATH, { selector: { owner: member.email }, reason: 'x' })).status).toBe(201);
    const none = await asks.post(PATH, {
      selector: { identity: (await anIdentity(business)).id },
      reason: 'x',
    });
    expect(none.status).toBe(201);
  });

  it('is not approved by whoever asked, with whichever token, nor by a token that comes from theirs', async () => {
    const [chief, second] = [await aMember(business, 'owner'), await aMember(business, 'owner')];
    const [first, another] = [
      await aToken(business, { member: chief }),
      await aToken(business, { member: chief }),
    ];
    const { member, tokens } = await some();
    const { body } = await first.api.post(PATH, { selector: { owner: member.email }, reason: 'x' });
    const issued = await first.api.post('/api/v1/tokens', {
      name: 'for you',
      owner_email: second.email,
      scopes: ['rescind:tokens:write'],
    });
    const offspring = first.api.as(issued.body.token as string);
    const rotated = await offspring.post(`/api/v1/tokens/${issued.body.token_info.id}/rotate`, {
      grace_seconds: 60,
    });
    for (const api of [first.api, another.api, offspring, first.api.as(rotated.body.token as string)])
      expect(await approve(body.id, api)).toMatchObject({
        status: 403,
        body: { code: 'revocation.same_person' },
      });
    expect(await isGood(tokens[0]?.secret ?? '')).toBe(true);
    const { body: denied } = await business.api.get('/api/v1/audit/events', { action: 'access.denied' });
    const codes = denied.items.map(({ details }: { details: { code: string } }) => details.code);
    expect(codes).toEqual(Array(4).fill('revocation.same_person'));
    // The other way round: asked with a token that they have made for somebody else.
    const theirs = await offspring.post(PATH, { selector: { owner: member.email }, reason: 'y' });
    expect((await approve(theirs.body.id, first.api)).body.code).toBe('revocation.same_person');
    expect((await approve(theirs.body.id, (await aToken(business, { member: second })).api)).status).toBe(
      403,
    );
    expect((await approve(theirs.body.id, approves)).status).toBe(201);
  });

  it('is not approved by a token that comes from whoever issued the one that asked', async () => {
    const chief = await aToken(business, { role: 'owner' });
    const { member, tokens } = await some();
    const made = async (owner: object): Promise<Api> => {
      const input = { name: 'for you', scopes: ['rescind:tokens:write'], ...owner };
      return chief.api.as((await chief.api.post('/api/v1/tokens', input)).body.token as string);
    };
    const [one, second] = [await aMember(business, 'admin'), await aMember(business, 'owner')];
    const asking = [
      await made({ identity_id: (await anIdentity(business, 'admin')).id }),
      await made({ owner_email: one.email }),
    ];
    const theirs = await made({ owner_email: second.email });
    for (const api of asking) {
      const { status, body } = await api.post(PATH, { selector: { owner: member.email }, reason: 'x' });
      expect(status).toBe(202);
      for (const each of [theirs, chief.api])
        expect((await approve(body.id, each)).body.code).toBe('revocation.same_person');
      expect((await asks.get(`${PATH}/${body.id}`)).body.state).toBe('awaiting_approval');
    }
    expect(await isGood(tokens[0]?.secret ?? '')).toBe(true);
  });

  it('is approved by an administrator of no lower role, and by no machine', async () => {
    const { member } = await some();
    const { body } = await asks.post(PATH, { selector: { owner: member.email }, reason: 'x' });
    const machine = await anIdentity(business, 'owner');
    const refused = [
      await aToken(business, { role: 'developer' }),
      await aToken(business, { role: 'auditor' }),
      await aToken(business, { role: 'admin' }),
      await aToken(business, { identityId: machine.id }),
    ];
    for (const { api } of refused) expect((await approve(body.id, api)).status).toBe(403);
    expect((await approve(body.id, business.api)).body.code).toBe('revocation.same_person');
    const foreign = await aToken(await aBusiness(), { role: 'owner' });
    expect((await approve(body.id, foreign.api)).status).toBe(404);
    expect((await approve(randomUUID())).status).toBe(404);
    expect((await approve(body.id)).status).toBe(201);
  });

  it('revokes what was asked for: another set only when the second one says so', async () => {
    const { member, tokens } = await some();
    const { body } = await asks.post(PATH, { selector: { owner: member.email }, reason: 'x' });
    const fresh = await aToken(business, { member });
    expect(await approve(body.id)).toMatchObject({
      status: 409,
      body: { code: 'revocation.set_changed', tokens_planned: 2, tokens_now: 3 },
    });
    expect(await isGood(tokens[0]?.secret ?? '')).toBe(true);
    expect((await approve(body.id, approves, { if_changed: 'proceed' })).body).toMatchObject({
      tokens_matched: 3,
    });
    expect(await isGood(fresh.secret)).toBe(false);
  });

  it('is made once, however many approve it at once', async () => {
    const { member } = await some();
    const { body } = await asks.post(PATH, {
      selector: { owner_email: member.email, status: 'active' },
      reason: 'x',
    });
    const third = (await aToken(business, { role: 'owner' })).api;
    const calls = await Promise.all([approve(body.id), approve(body.id, third), approve(body.id)]);
    expect(calls.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await asks.get(`${PATH}/${body.id}`)).body).toMatchObject({ state: 'done', tokens_revoked: 2 });
  });

  const PUPPETS: [string, (chief: Api, puppet: TestMember) => Promise<{ status: number }>][] = [
    [
      'given the role of an administrator',
      (chief, { id }) => chief.patch(`/api/v1/members/${id}`, { role: 'admin' }),
    ],
    [
      'given an account to sign in with',
      (chief, { id }) =>
        chief.post(`/api/v1/members/${id}/accounts`, {
          issuer: 'https://id.example.com',
          subject: randomUUID(),
        }),
    ],
  ];

  it.each(PUPPETS)(
    'is not approved by whom the asker has %s since, nor the other way round',
    async (_, made) => {
      const [one, other] = [await aMember(business, 'owner'), await aMember(business, 'owner')];
      const [chief, puppet] = [
        await aToken(business, { member: one }),
        await aToken(business, { member: other }),
      ];
      expect((await made(chief.api, other)).status).toBeLessThan(300);
      const { member } = await some();
      for (const [asking, approving] of [
        [chief, puppet],
        [puppet, chief],
      ] as const) {
        const { body } = await asking.api.post(PATH, { selector: { owner: member.email }, reason: 'x' });
        expect((await business.api.patch(`/api/v1/members/${other.id}`, { role: 'owner' })).status).toBe(200);
        // Each of the two reads it before anybody decides.
        const { body: read } = await approving.api.get(`${PATH}/${body.id}`);
        expect(read.approval_bar).toEqual({
          code: 'revocation.person_made',
          made: [
            {
              action: expect.stringMatching(/^member\.(changed|account_linked)$/) as string,
              member: other.email,
              by: one.email,
              at: expect.stringMatching(/Z$/) as string,
            },
          ],
        });
        const refused = await approve(body.id, approving.api);
        expect([refused.status, refused.body.code]).toEqual([403, 'revocation.person_made']);
        expect(refused.body.detail).toContain('has added the other');
        expect((await asking.api.get(`${PATH}/${body.id}`)).body.state).toBe('awaiting_approval');
      }
    },
  );

  it('is not approved by whom the asker has added since, whatever token did it; a new name is nothing', async () => {
    const chief = await aToken(business, { member: await aMember(business, 'owner') });
    const issued = await chief.api.post('/api/v1/tokens', {
      name: 'a child',
      scopes: ['rescind:business:admin'],
    });
    const child = business.api.as(issued.body.token as string);
    const added = { email: `${randomUUID()}@example.com`, name: 'Puppet', role: 'owner' };
    const { body: puppet } = await child.post('/api/v1/members', added);
    const { member } = await some();
    const { body } = await chief.api.post(PATH, { selector: { owner: member.email }, reason: 'x' });
    const theirs = await aToken(business, { member: { ...(puppet as TestMember), role: 'owner' } });
    expect((await approve(body.id, theirs.api)).body.code).toBe('revocation.person_made');
    const colleague = await aMember(business, 'owner');
    expect((await chief.api.patch(`/api/v1/members/${colleague.id}`, { name: 'Ada' })).status).toBe(200);
    expect((await approve(body.id, (await aToken(business, { member: colleague })).api)).status).toBe(201);
  });

  it('is not approved by whom somebody has added whom the asker has added', async () => {
    const chief = await aToken(business, { member: await aMember(business, 'owner') });
    const add = async (by: Api) => {
      const added = { email: `${randomUUID()}@example.com`, name: 'Puppet', role: 'owner' };
      const { body } = await by.post('/api/v1/members', added);
      return aToken(business, { member: { ...(body as TestMember), role: 'owner' } });
    };
    const [first, sibling] = [await add(chief.api), await add(chief.api)];
    const second = await add(first.api);
    const { member } = await some();
    const ask = async ({ api }: { api: Api }): Promise<string> =>
      (await api.post(PATH, { selector: { owner: member.email }, reason: 'x' })).body.id as string;
    for (const [asking, approving] of [
      [chief, second],
      [second, chief],
      [first, sibling],
      [second, sibling],
    ] as const) {
      const id = await ask(asking);
      const { approval_bar: bar } = (await approving.api.get(`${PATH}/${id}`)).body;
      expect(bar.made.length).toBeGreaterThan(0);
      for (const { action, by } of bar.made) expect([action, typeof by]).toEqual(['member.added', 'string']);
      const refused = await approve(id, approving.api);
      expect([refused.status, refused.body.code]).toEqual([403, bar.code]);
    }
    // Whom the platform has added is nobody's puppet.
    const last = await ask(second);
    expect((await approves.get(`${PATH}/${last}`)).body.approval_bar).toBeNull();
    expect((await second.api.get(`${PATH}/${last}`)).body.approval_bar.code).toBe('revocation.same_person');
    expect((await approve(last)).status).toBe(201);
  });

  it('is not approved once the token that it was asked with, or one that issued it, has leaked', async () => {
    const chief = await aMember(business, 'owner');
    const first = await aToken(business, { member: chief });
    const { body: issued } = await first.api.post('/api/v1/tokens', {
      ...{ name: 'a child', scopes: ['rescind:business:admin'] },
    });
    const { member, tokens } = await some();
    const ask = (api: Api) => api.post(PATH, { selector: { owner: member.email }, reason: 'x' });
    const asked = await ask(business.api.as(issued.token as string));
    const other = await ask((await aToken(business, { member: chief })).api);
    const ended = await business.api.post(`/api/v1/tokens/${first.id}/revoke`, { reason: 'leaked' });
    expect(ended.status).toBe(201);
    const refused = await approve(asked.body.id);
    expect([refused.status, refused.body.code]).toEqual([409, 'revocation.asker_ended']);
    expect(await isGood(tokens[0]?.secret ?? '')).toBe(true);
    expect((await approve(other.body.id)).status).toBe(201);
  });

  it.each(['removed', 'demoted'])(
    'is not approved once whoever asked was %s: another has to ask',
    async (what) => {
      const chief = await aMember(business, 'owner');
      const first = await aToken(business, { member: chief });
      const { member, tokens } = await some();
      const selector = { owner: member.email };
      const { body } = await first.api.post(PATH, { selector, reason: 'x' });
      const path = `/api/v1/members/${chief.id}`;
      const ended =
        what === 'removed' ? business.api.delete(path) : business.api.patch(path, { role: 'developer' });
      expect((await ended).status).toBe(200);
      const refused = await approve(body.id, approves, { if_changed: 'proceed' });
      expect([refused.status, refused.body.code]).toEqual([409, 'revocation.asker_ended']);
      expect(await isGood(tokens[0]?.secret ?? '')).toBe(true);
      expect((await asks.get(`${PATH}/${body.id}`)).body.state).toBe('awaiting_approval');
      const again = await asks.post(PATH, { selector, reason: 'x' });
      expect((await approve(again.body.id)).status).toBe(201);
    },
  );

  it('lets the platform break the glass, and the log says so', async () => {
    const { member, tokens } = await some();
    const call = { selector: { owner: member.email }, reason: 'burning' };
    expect((await business.api.post(PATH, call)).status).toBe(202);
    expect((await asks.post(PATH, { ...call, break_glass: true })).status).toBe(403);
    const { status, body } = await business.api.post(PATH, { ...call, break_glass: true });
    expect([status, body.break_glass]).toEqual([201, true]);
    expect(await isGood(tokens[0]?.secret ?? '')).toBe(false);
    const { body: events } = await business.api.get('/api/v1/audit/events', { action: 'token.cut_off' });
    expect(events.items[0].details.break_glass).toBe(true);
  });

  it('takes a plan as well, which is used by the asking', async () => {
    const { member } = await some();
    const preview = await asks.post(PATH, { selector: { owner: member.email }, reason: 'x', preview: true });
    expect(preview.body.needs_approval).toBe(true);
    const asked = await asks.post(PATH, { plan: preview.body.plan });
    expect(asked.status).toBe(202);
    expect((await asks.post(PATH, { plan: preview.body.plan })).body.code).toBe('revocation.plan_used');
    expect((await approve(asked.body.id)).status).toBe(201);
  });

  it('tells a business’s setting, changes it and refuses nonsense', async () => {
    const api = await platform();
    const path = `/api/v1/admin/businesses/${business.id}`;
    expect((await api.get(path)).body.approval_above).toBe(1);
    for (const approval_above of [-1, 1.5, '2', true])
      expect((await api.patch(path, { approval_above })).status).toBe(422);
    expect((await api.patch(path, { approval_above: null })).body.approval_above).toBeNull();
  });
});
