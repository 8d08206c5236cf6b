import { sql } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { changeToken } from '../../support/token-mac.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';

const FIND = '/api/v1/tokens/find';
const NOTHING = { items: [], strings_judged: 0, strings_unknown: 0, strings_left: 0 };

interface Item {
  matched: string;
  lines: number[];
  token: Record<string, unknown>;
}

describe('POST /api/v1/tokens/find', () => {
  let business: TestBusiness;
  let other: TestBusiness;
  let admin: TestToken;
  let token: TestToken;
  let foreign: TestToken;
  beforeAll(async () => {
    [business, other] = [await aBusiness(), await aBusiness({ tokenPrefix: 'acme' })];
    admin = await aToken(business, { role: 'admin' });
    token = await aToken(business, { name: 'leaked' });
    foreign = await aToken(other);
  });

  const find = async (who: TestToken | TestBusiness, body: object) => {
    const answer = await who.api.post(FIND, body);
    expect(answer.status).toBe(200);
    return answer.body as {
      items: Item[];
      strings_judged: number;
      strings_unknown: number;
      strings_left: number;
    };
  };
  const preview = async ({ id, api }: TestToken): Promise<string> =>
    (await api.get(`/api/v1/tokens/${id}`)).body.token_prefix as string;
  const damaged = (secret: string): string => `${secret.slice(0, 40)}${'A'.repeat(secret.length - 40)}`;

  it('finds a token by its secret, its public id, a part or a damaged copy of the secret, and its preview', async () => {
    const it = (matched: string) => ({ items: [{ matched, lines: [1], token: { id: token.id } }] });
    expect(await find(admin, { secret: token.secret })).toMatchObject(it('secret'));
    expect(await find(admin, { fragment: token.secret })).toMatchObject(it('secret'));
    expect(await find(admin, { fragment: token.jti })).toMatchObject(it('public_id'));
    expect(await find(admin, { fragment: token.secret.slice(0, 30) })).toMatchObject(it('public_id'));
    expect(await find(admin, { secret: damaged(token.secret) })).toMatchObject(it('public_id'));
    expect(await find(admin, { fragment: await preview(token) })).toMatchObject(it('preview'));
  });

  it('finds vcita’s by their secret and public id', async () => {
    const { body } = await business.api.post('/platform/v1/tokens', {
      user_id: (await aMember(business)).id,
    });
    const secret = (JSON.stringify(body).match(/[0-9a-f]{64}/) ?? [''])[0];
    expect((await find(admin, { secret })).items).toMatchObject([
      { matched: 'secret', token: { jti: secret.slice(0, 16) } },
    ]);
    expect((await find(admin, { fragment: secret.slice(0, 16) })).items).toMatchObject([
      { matched: 'public_id' },
    ]);
  });

  it('judges every string of a pasted text, and says where each stands', async () => {
    const lines = Array.from(
      { length: 1000 },
      (_, n) => `2026-11-22T02:40:${n % 60} GET /orders 200 "curl/8" ${n}`,
    );
    lines[9] += ` Bearer ${token.secret}`;
    lines[99] += ` x-token:${admin.secret};`;
    lines[499] += ` jti=${token.jti}`;
    lines[998] += ` ${foreign.secret}`;
    const text = `${lines.join('\n')}\n`;
    expect(await find(admin, { text })).toMatchObject({
      items: [
        { matched: 'secret', lines: [10, 500], token: { id: token.id } },
        { matched: 'secret', lines: [100], token: { id: admin.id } },
      ],
      strings_judged: 3,
      strings_unknown: 1,
      strings_left: 0,
    });
    expect((await admin.api.post(FIND, { text: `${text}more` })).status).toBe(422);
  });

  it('looks up 1000 strings, and says how many are left', async () => {
    const words = Array.from(
      { length: 1500 },
      (_, n) => String(n).padStart(22, '0') + (n % 2 === 0 ? ' ' : '\n'),
    );
    const after = `${words.join('')}${token.secret}`;
    expect(await find(admin, { text: after })).toMatchObject({
      items: [],
      strings_judged: 1000,
      strings_left: 501,
    });
  });

  it('finds revoked and expired ones, with who revoked them, when and why', async () => {
    const [gone, ended] = [await aToken(business), await aToken(business)];
    await admin.api.post(`/api/v1/tokens/${gone.id}/revoke`, { reason: 'left the team' });
    const { databaseUrl } = await sharedApp();
    await changeToken(databaseUrl, ended.id, `expires_at = now() - interval '1 day'`);
    const { items } = await find(admin, { text: `${gone.secret}\n${ended.secret}` });
    expect(items.map(({ token: found }) => found)).toMatchObject([
      {
        status: 'revoked',
        revocation_reason: 'left the team',
        revoked_by: expect.stringMatching('@') as string,
      },
      { status: 'expired', revoked_at: null },
    ]);
  });

  it('is no use of a token', async () => {
    const { databaseUrl } = await sharedApp();
    const limited = await aToken(business);
    await changeToken(databaseUrl, limited.id, 'uses_limit = 1');
    const rowOf = () => sql(databaseUrl, 'SELECT * FROM tokens WHERE id = $1', [limited.id]);
    const before = await rowOf();
    for (let time = 0; time < 3; time++) await find(admin, { secret: limited.secret });
    await business.api.post('/api/v1/tokens/verify', { token: admin.secret });
    expect(await rowOf()).toEqual(before);
    const { body } = await business.api.post('/api/v1/tokens/verify', { token: limited.secret });
    expect(body.active).toBe(true);
  });

  it('finds only what the caller may read', async () => {
    const developer = await aToken(business);
    expect((await find(developer, { secret: token.secret })).items).toEqual([]);
    expect((await find(developer, { secret: developer.secret })).items).toHaveLength(1);
    expect(
      (await find(await aToken(business, { role: 'auditor' }), { secret: token.secret })).items,
    ).toHaveLength(1);
    for (const body of [
      { secret: foreign.secret },
      { fragment: foreign.jti },
      { fragment: await preview(foreign) },
    ])
      expect(await find(admin, body)).toEqual({ ...NOTHING, strings_judged: 1, strings_unknown: 1 });
    const reader = await aToken(business, { role: 'admin', scopes: ['rescind:tokens:verify'] });
    expect((await reader.api.post(FIND, { secret: token.secret })).status).toBe(403);
  });

  it('finds for the platform what is anywhere, without a business, and in the one that it names', async () => {
    const anywhere = await platform();
    const { body } = await anywhere.post(FIND, {
      text: `${token.secret}\n${foreign.secret}\n${platformSecret()}`,
    });
    expect(
      (body.items as Item[]).map(({ matched, token: { business_id } }) => [matched, business_id]),
    ).toEqual([
      ['secret', business.id],
      ['secret', other.id],
      ['secret', null],
    ]);
    expect((await find(business, { text: `${token.secret} ${foreign.secret}` })).items).toHaveLength(1);
    const without = await admin.api.within(null).post(FIND, { text: `${token.secret} ${foreign.secret}` });
    expect(without.body.items).toMatchObject([{ token: { id: token.id } }]);
    expect((await admin.api.within(other.id).post(FIND, { secret: foreign.secret })).status).toBe(403);
  });

  it('leaves an event that says how much was looked for, and nothing of it anywhere', async () => {
    const sought = [await aToken(business), await aToken(business)];
    const [{ secret: lost } = { secret: '' }] = [await aToken(await aBusiness())];
    await find(admin, { text: `${sought[0]?.secret} ${sought[1]?.secret} ${lost}` });
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'token.searched' });
    expect(body.items[0]).toMatchObject({
      actor: { token_id: admin.id },
      target: { kind: 'token', id: null },
      details: { by: 'text', strings: 3, found: 2 },
    });
    expect(JSON.stringify(body)).not.toContain(lost.slice(3, 25));
    await (await platform()).post(FIND, { secret: lost });
    const log = await (
      await platform()
    ).get('/api/v1/admin/audit/events', {
      action: 'token.searched',
      business_id: 'platform',
    });
    expect(log.body.items[0]).toMatchObject({
      business_id: null,
      details: { by: 'secret', strings: 1, found: 1 },
    });
  });

  it('answers with nothing of what was sent', async () => {
    for (const body of [
      { secret: token.secret },
      { fragment: token.secret },
      { text: `a ${token.secret} b` },
    ]) {
      const { text } = await admin.api.post(FIND, body);
      expect(text).not.toContain(token.secret.slice(26));
    }
    const { text } = await admin.api.post(FIND, { secret: token.secret, text: token.secret });
    expect(text).not.toContain(token.secret.slice(3, 20));
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['two ways at once', { secret: 'x', text: 'y' }],
    ['a number', { secret: 7 }],
    ['a list', { text: ['a'] }],
    ['a secret that is longer than any', { secret: 'x'.repeat(513) }],
    ['an unknown word', { secret: 'x', colour: 'blue' }],
  ])('refuses %s with a 422', async (_what, body) => {
    expect((await admin.api.post(FIND, body)).status).toBe(422);
  });

  it('refuses more text than a body may have, and finds nothing where there is nothing', async () => {
    expect((await admin.api.post(FIND, { text: 'x'.repeat(120_000) })).status).toBe(413);
    for (const text of ['', '\u0000', '💩', '%', `' OR 1=1 --`, '\ud800'])
      expect(await find(admin, { text })).toEqual(NOTHING);
  });
});
