import { randomUUID } from 'node:crypto';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { expire } from '../../support/expire.js';
import { aSession } from '../../support/session.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/api/v1/leaks';

describe('POST /api/v1/leaks', () => {
  let business: TestBusiness;
  let reporter: TestToken;
  beforeAll(async () => {
    business = await aBusiness();
    reporter = await aToken(business, { scopes: ['orders:read'] });
  });

  const hexadecimal = async (): Promise<{ secret: string }> => {
    const { body } = await business.api.post('/platform/v1/tokens', {
      user_id: (await aMember(business)).id,
    });
    return { secret: body.data.token as string };
  };
  const report = (secret: string, more: object = {}, by = reporter) =>
    by.api.within(null).post(PATH, { leaks: [{ secret, ...more }] });
  const verdictOn = async (secret: string, of = business): Promise<unknown> =>
    (await of.api.post('/api/v1/tokens/verify', { token: secret })).body;
  const leaksIn = async (of: TestBusiness): Promise<Record<string, unknown>[]> =>
    (await of.api.get('/api/v1/audit/events', { action: 'token.leaked' })).body.items;

  it('ends the token, and what was issued with it and replaced it, before it answers', async () => {
    const owner = await aToken(business, { role: 'admin' });
    const child = await owner.api.post('/api/v1/tokens', { name: 'by the thief', scopes: ['orders:read'] });
    const rotated = await business.api.post(`/api/v1/tokens/${owner.id}/rotate`, { grace_seconds: 60 });
    const place = { url: 'https://paste.example/1', source: 'paste' };
    expect(await report(owner.secret, place)).toMatchObject({ status: 202, body: { received: 1 } });
    for (const secret of [owner.secret, child.body.token, rotated.body.token] as string[])
      expect(await verdictOn(secret)).toMatchObject({ active: false, reason: 'revoked' });
    const { body } = await business.api.get(`/api/v1/tokens/${owner.id}`);
    expect(body).toMatchObject({ revocation_reason: 'leaked' });
    const [event] = await leaksIn(business);
    expect(event).toMatchObject({
      target: { kind: 'token', id: owner.id },
      actor: { token_id: reporter.id },
      details: { ...place, response: 'revoke', jti: owner.jti },
    });
  });

  it.each([
    ['quotes', (secret: string) => `"${secret}"`],
    ['spaces and a line end', (secret: string) => `  ${secret}\r\n`],
    ['the header that it was in', (secret: string) => `Authorization: Bearer ${secret}`],
    ['a query string', (secret: string) => `GET /?token%3D${secret}%26page=1 HTTP/1.1`],
    ['a setting', (secret: string) => `export API_TOKEN=${secret};`],
    ['escaped JSON', (secret: string) => `{\\"token\\":\\"${secret}\\"}\\n`],
    [
      'decoys',
      (secret: string) => Array.from({ length: 6 }, (_, n) => String(n).repeat(64)).join(' ') + ` ${secret}`,
    ],
    ['colours', (secret: string) => `\u001b[31m${secret}\u001b[0m`],
  ])('ends the token whose secret was found with %s around it', async (_, around) => {
    for (const token of [await aToken(business), await hexadecimal()]) {
      expect(await report(around(token.secret))).toMatchObject({ status: 202, body: { received: 1 } });
      expect(await verdictOn(token.secret)).toMatchObject({ active: false, reason: 'revoked' });
    }
  });

  it('is open to every business, and tells none whose the token was, or that it was one', async () => {
    const other = await aBusiness();
    const token = await aToken(other);
    const known = await report(token.secret);
    const unknown = await report(`${token.secret.slice(0, -1)}_`);
    expect(known.text).toBe(unknown.text);
    expect(await verdictOn(token.secret, other)).toMatchObject({ active: false, reason: 'revoked' });
    const [event] = await leaksIn(other);
    expect(event).toMatchObject({ actor: { kind: 'anonymous', id: null, token_id: null }, ip: null });
    expect(JSON.stringify(event)).not.toContain(reporter.id);
    expect(await leaksIn(business)).not.toContainEqual(
      expect.objectContaining({ target: { kind: 'token', id: token.id } }),
    );
  });

  it('ends a session whose cookie was found, with what was issued in it, and not the token it was opened with', async () => {
    const token = await aToken(business, { role: 'admin' });
    const session = await aSession(token.api);
    const child = await session.api.post('/api/v1/tokens', { name: 'by the thief', scopes: ['orders:read'] });
    expect((await report(session.secret)).text).toBe((await report(`${session.secret.slice(0, -1)}_`)).text);
    expect((await session.api.get('/api/v1/sessions/current')).status).toBe(401);
    expect(await verdictOn(child.body.token)).toMatchObject({ active: false, reason: 'revoked' });
    expect(await verdictOn(token.secret)).toMatchObject({ active: true });
    const [event] = await leaksIn(business);
    expect(event).toMatchObject({ target: { kind: 'token', id: session.id } });
  });

  it('answers for a session that has ended as often as somebody reports it', async () => {
    const session = await aSession((await aToken(business, { role: 'admin' })).api);
    await session.api.post('/api/v1/sessions/current/end', {});
    for (let count = 0; count < 12; count++) expect((await report(session.secret)).status).toBe(202);
  });

  it('answers alike for what is revoked, expired, malformed or nothing', async () => {
    const revoked = await aToken(business);
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`, { reason: 'before' });
    const expired = await aToken(business);
    await expire(expired.id);
    const answers = [];
    for (const secret of [revoked.secret, expired.secret, 'nothing', '']) answers.push(await report(secret));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['202 {"received":1}']),
    );
    const { body } = await business.api.get(`/api/v1/tokens/${revoked.id}`);
    expect(body.revocation_reason).toBe('before');
  });

  it('ends a platform token and its successors, and leaves what it issued to customers', async () => {
    const platform = business.api.within(null);
    const { body } = await platform.post('/api/v1/admin/tokens', { name: randomUUID() });
    const issued = await business.api
      .as(body.token)
      .post('/api/v1/tokens', { name: 'a customer’s', scopes: ['a:b'] });
    expect((await report(body.token)).status).toBe(202);
    expect((await business.api.as(body.token).get('/api/v1/tokens')).status).toBe(401);
    expect(await verdictOn(issued.body.token)).toMatchObject({ active: true });
  });

  it('only records it in a business that wants to be told', async () => {
    const told = await aBusiness();
    const changed = await told.api.within(null).patch(`/api/v1/admin/businesses/${told.id}`, {
      leak_policy: 'notify',
    });
    expect(changed.body).toMatchObject({ leak_policy: 'notify' });
    const token = await aToken(told);
    expect((await report(token.secret)).status).toBe(202);
    expect(await verdictOn(token.secret, told)).toMatchObject({ active: true });
    expect(await leaksIn(told)).toMatchObject([{ details: { response: 'notify' } }]);
  });

  it('leaves the secret in no event', async () => {
    const marked = await aToken(business, { name: randomUUID() });
    await report(marked.secret, { url: 'https://paste.example/2' });
    const { body } = await business.api.get('/api/v1/audit/events', { limit: '100' });
    expect(JSON.stringify(body)).not.toContain(marked.secret);
  });

  it('leaves it out of the place as well, where the token stays good', async () => {
    const told = await aBusiness();
    await told.api.within(null).patch(`/api/v1/admin/businesses/${told.id}`, { leak_policy: 'notify' });
    const [token, another] = [await aToken(told), await aToken(told)];
    await report(token.secret, {
      url: `https://shop.example/?key=${token.secret}&old=x${another.secret}`,
      source: `proxy log, ${token.secret}`,
    });
    expect(await leaksIn(told)).toMatchObject([
      {
        details: {
          url: 'https://shop.example/?key=[redacted]&old=x[redacted]',
          source: 'proxy log, [redacted]',
        },
      },
    ]);
  });

  it.each([['revoke'], ['notify']])(
    'lets nobody keep the log of another business busy with an old secret, where that wants to %s',
    async (leak_policy) => {
      const other = await aBusiness();
      await other.api.within(null).patch(`/api/v1/admin/businesses/${other.id}`, { leak_policy });
      const token = await aToken(other);
      await other.api.post(`/api/v1/tokens/${token.id}/revoke`, {});
      const leaks = Array.from({ length: 100 }, (_, place) => ({
        secret: token.secret,
        url: `https://paste.example/${place}`,
      }));
      const { status, body } = await reporter.api.within(null).post(PATH, { leaks });
      expect([status, body]).toEqual([202, { received: 100 }]);
      const found = await leaksIn(other);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(10);
    },
  );

  it('takes identities’ tokens and the reporter’s own', async () => {
    const { id } = await anIdentity(business);
    const machine = await aToken(business, { identityId: id });
    const own = await aToken(business, { scopes: ['orders:read'] });
    const answer = await own.api.within(null).post(PATH, {
      leaks: [{ secret: machine.secret }, { secret: own.secret }],
    });
    expect(answer).toMatchObject({ status: 202, body: { received: 2 } });
    for (const { secret } of [machine, own])
      expect(await verdictOn(secret)).toMatchObject({ active: false, reason: 'revoked' });
  });

  it.each([
    ['no report', { leaks: [] }],
    ['more than a hundred', { leaks: Array(101).fill({ secret: 'x' }) }],
    ['a secret that is too long', { leaks: [{ secret: 'x'.repeat(513) }] }],
    ['a place of another kind', { leaks: [{ secret: 'x', url: 7 }] }],
  ])('refuses %s with 422', async (_, body) => {
    expect((await reporter.api.within(null).post(PATH, body)).status).toBe(422);
  });

  it('refuses whoever presents nothing with 401', async () => {
    const { url } = await sharedApp();
    const answer = await fetch(`${url}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ leaks: [{ secret: 'x' }] }),
    });
    expect(answer.status).toBe(401);
  });
});
