import { randomUUID } from 'node:crypto';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import type { Api } from '../../support/api.js';

const PATH = '/api/v1/revocations';

describe('POST /api/v1/revocations', () => {
  let business: TestBusiness;
  beforeEach(async () => {
    business = await aBusiness();
  });

  const isGood = async (secret: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;
  const whenDone = (id: string, api: Api = business.api) =>
    waitFor('all to be marked', async () => {
      const { body } = await api.get(`${PATH}/${id}`);
      return body.state === 'done' ? body : null;
    });

  it('answers what was revoked, and shows it with its tokens until all are marked and after', async () => {
    const identity = await anIdentity(business);
    const tokens = [
      await aToken(business, { identityId: identity.id }),
      await aToken(business, { identityId: identity.id }),
      await aToken(business, { identityId: identity.id }),
    ];
    const { status, body } = await business.api.post(PATH, {
      selector: { identity: identity.id },
      reason: 'leaked',
    });
    expect(status).toBe(201);
    const done = await whenDone(body.id);
    expect(done).toMatchObject({
      id: body.id,
      selector: { identity: identity.id },
      revoked_by: 'platform',
      revocation_reason: 'leaked',
      tokens_revoked: 3,
      receipt: { audit_sequence: body.receipt.audit_sequence },
    });
    const first = await business.api.get(`${PATH}/${body.id}/tokens`, { limit: 2 });
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual([tokens[0]?.id, tokens[1]?.id]);
    const second = await business.api.get(`${PATH}/${body.id}/tokens`, {
      limit: 2,
      cursor: first.body.next_cursor,
    });
    expect(second.body.items).toEqual([
      expect.objectContaining({
        id: tokens[2]?.id,
        status: 'revoked',
        revoked_at: body.revoked_at,
        revocation_reason: 'leaked',
      }),
    ]);
    expect([second.body.has_next, second.body.has_prev]).toEqual([false, true]);
    const list = await business.api.get(PATH);
    expect(list.body.items).toEqual([
      expect.objectContaining({ id: body.id, state: 'done', tokens_revoked: 3 }),
    ]);
    const { body: events } = await business.api.get('/api/v1/audit/events', {
      action: 'token.*',
      order: 'oldest',
    });
    const actions = events.items
      .map(({ action }: { action: string }) => action)
      .filter((each: string) => each !== 'token.issued');
    expect(actions).toEqual([
      'token.cut_off',
      ...Array<string>(3).fill('token.revoked'),
      'token.cut_off_marked',
    ]);
    const revoked = events.items.find(({ action }: { action: string }) => action === 'token.revoked');
    expect([revoked.actor.kind, revoked.reason, revoked.details]).toMatchObject([
      'system',
      'leaked',
      { cause: 'cut_off', revoked_with: body.id, revoked_by: 'platform', revoked_at: body.revoked_at },
    ]);
  });

  it('revokes nothing that was issued since when it is repeated under its key, and nothing else under that key', async () => {
    const member = await aMember(business);
    const old = await aToken(business, { member });
    const call = {
      body: { selector: { owner: member.email }, reason: 'lost' },
      headers: { 'idempotency-key': randomUUID() },
    };
    const first = await business.api.call('POST', PATH, call);
    const fresh = await aToken(business, { member });
    const again = await business.api.call('POST', PATH, call);
    expect([again.status, again.body.id, again.body.issued_before]).toEqual([
      201,
      first.body.id,
      first.body.issued_before,
    ]);
    expect([await isGood(old.secret), await isGood(fresh.secret)]).toEqual([false, true]);
    const other = { ...call, body: { ...call.body, selector: { business: true } } };
    expect((await business.api.call('POST', PATH, other)).status).toBe(422);
    expect((await business.api.get(PATH)).body.items).toHaveLength(1);
    const unnamed = await business.api.post(PATH, call.body);
    expect(unnamed.body.id).not.toBe(first.body.id);
    expect(await isGood(fresh.secret)).toBe(false);
  });

  it('lets anybody end what is their own, the calling token included, and tells nobody of another’s', async () => {
    const [member, other] = [await aMember(business), await aMember(business)];
    const own = await aToken(business, { member });
    const sibling = await aToken(business, { member });
    const theirs = await aToken(business, { member: other });
    for (const email of [other.email, 'nobody@example.com'])
      expect((await own.api.post(PATH, { selector: { owner: email }, reason: 'x' })).status).toBe(403);
    expect((await own.api.post(PATH, { selector: { business: true }, reason: 'x' })).status).toBe(403);
    const { status, body } = await own.api.post(PATH, {
      selector: { owner: member.email.toUpperCase() },
      reason: 'mine',
    });
    expect([status, body.revoked_by]).toEqual([201, member.email]);
    expect((await own.api.get(PATH)).status).toBe(401);
    expect([await isGood(sibling.secret), await isGood(theirs.secret)]).toEqual([false, true]);
    const fresh = await aToken(business, { member });
    expect((await fresh.api.get(PATH)).body.items).toEqual([expect.objectContaining({ id: body.id })]);
    expect((await theirs.api.get(PATH)).body.items).toEqual([]);
    for (const path of ['', '/tokens', '/receipt'])
      expect((await theirs.api.get(`${PATH}/${body.id}${path}`)).status).toBe(404);
  });

  it('lets an admin end a whole business no more than an owner’s tokens', async () => {
    const owner = await aMember(business, 'owner');
    const admin = await aToken(business, { role: 'admin' });
    const chief = await aToken(business, { role: 'owner' });
    expect((await admin.api.post(PATH, { selector: { owner: owner.email }, reason: 'x' })).status).toBe(403);
    expect((await admin.api.post(PATH, { selector: { business: true }, reason: 'x' })).status).toBe(403);
    expect((await chief.api.post(PATH, { selector: { business: true }, reason: 'x' })).status).toBe(201);
    expect([await isGood(admin.secret), await isGood(chief.secret)]).toEqual([false, false]);
  });

  it('never lowers what is refused: an earlier moment later on changes nothing', async () => {
    const member = await aMember(business);
    const token = await aToken(business, { member });
    await business.api.post(PATH, { selector: { owner: member.email }, reason: 'first' });
    const { status, body } = await business.api.post(PATH, {
      selector: { owner: member.email },
      reason: 'second',
      issued_before: '2020-01-01T00:00:00Z',
    });
    expect(status).toBe(201);
    expect(await whenDone(body.id)).toMatchObject({
      tokens_revoked: 0,
      issued_before: '2020-01-01T00:00:00.000Z',
    });
    expect(await isGood(token.secret)).toBe(false);
  });

  it.each([
    ['nothing', {}],
    ['two things', { business: true, owner: 'ada@example.com' }],
    ['not the business', { business: false }],
    ['a null', { owner: null }],
    ['no address', { owner: 'ada' }],
    ['no id', { identity: 'ci' }],
    ['the platform', { platform: true }],
    ['a list', []],
    ['a text', 'business'],
    ['something unknown', { everything: true }],
  ])('refuses a selector that names %s', async (_, selector) => {
    expect((await business.api.post(PATH, { selector, reason: 'x' })).status).toBe(422);
  });

  it.each([
    ['2999-01-01T00:00:00Z'],
    ['yesterday'],
    ['2020-01-01T00:00:00'],
    ['2020-02-30T00:00:00Z'],
    ['2020-01-01T24:00:00Z'],
    ['0000-01-01T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    [7],
    [''],
    ['2020-01-01T00:00:00.123456Z'],
  ])('refuses %s as the moment', async (moment) => {
    const token = await aToken(business);
    const answer = await business.api.post(PATH, {
      selector: { business: true },
      reason: 'x',
      issued_before: moment,
    });
    expect([answer.status, await isGood(token.secret)]).toEqual([422, true]);
  });

  it('is asked why, and by somebody who is there', async () => {
    for (const body of [
      { selector: { business: true } },
      { selector: { business: true }, reason: '' },
      { reason: 'x' },
    ])
      expect((await business.api.post(PATH, body)).status).toBe(422);
    const missing = { selector: { owner: 'nobody@example.com' }, reason: 'x' };
    expect((await business.api.post(PATH, missing)).status).toBe(404);
    expect(
      (await business.api.post(PATH, { selector: { identity: randomUUID() }, reason: 'x' })).status,
    ).toBe(404);
    const foreign = await anIdentity(await aBusiness());
    expect((await business.api.post(PATH, { selector: { identity: foreign.id }, reason: 'x' })).status).toBe(
      404,
    );
    expect((await business.api.get(PATH)).body.items).toEqual([]);
  });
});
