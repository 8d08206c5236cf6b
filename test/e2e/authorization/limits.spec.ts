import type { AnyBody, Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import {
  aBusiness,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { changeToken } from '../../support/token-mac.js';
import { issuedTo } from './world.js';

const TOKEN_AUTH = '/api/v1/auth/token-auth/identities';
const LOOPBACK = [{ ipAddress: '127.0.0.1' }];
const DAY_SECONDS = 86_400;

interface Limited extends TestToken {
  identityId: string;
}

/** What is stored of a token's limits. */
interface Stored {
  expires: Date | null;
  latest: Date | null;
  trusted_ips: string[] | null;
  uses_limit: number | null;
  uses: number;
  issued_by_token: string | null;
}

describe('What a token issues does not exceed it', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  const stored = async (id: string): Promise<Stored> => {
    const [row] = await sql<Stored>(
      (await sharedApp()).databaseUrl,
      `SELECT expires_at AS expires, expires_at_max AS latest, trusted_ips, uses_limit, uses, issued_by_token FROM tokens WHERE id = $1`,
      [id],
    );
    return row as Stored;
  };
  const verify = async (token: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token, ip: '127.0.0.1' })).body.active as boolean;

  /** The token of an administrating identity, by Token Auth, under these terms. */
  async function limited(terms: object, role: 'admin' | 'developer' = 'admin'): Promise<Limited> {
    const { id: identityId } = await anIdentity(business, role);
    const config = `${TOKEN_AUTH}/${identityId}`;
    await business.api.post(config, terms);
    const { body } = await business.api.post(`${config}/tokens`, {});
    const secret = body.accessToken as string;
    return { id: body.tokenData.id as string, jti: '', secret, api: business.api.as(secret), identityId };
  }

  /** Every way to issue a token, to the caller's own owner and, where it can be told, to another one. */
  const WAYS: [string, (api: Api, parent: Limited) => Promise<[number, string, string]>][] = [
    [
      'the native API',
      async (api) => nativeAnswer(await api.post('/api/v1/tokens', { name: 'n', expires_in_days: null })),
    ],
    [
      'the native API, for somebody else',
      async (api) =>
        nativeAnswer(
          await api.post('/api/v1/tokens', {
            name: 'n',
            expires_in_days: null,
            identity_id: (await anIdentity(business)).id,
          }),
        ),
    ],
    [
      'OpenTrain',
      async (api) => {
        const { status, body } = await api.within(null).post('/api/public/v1/tokens');
        return [status, body.metadata?.id as string, body.token as string];
      },
    ],
    [
      'Token Auth without terms',
      async (api) => {
        const { id } = await anIdentity(business);
        const config = `${TOKEN_AUTH}/${id}`;
        await business.api.post(config, {
          accessTokenTTL: 0,
          accessTokenMaxTTL: 0,
          accessTokenNumUsesLimit: 0,
        });
        const { status, body } = await api.within(null).post(`${config}/tokens`);
        return [status, body.tokenData?.id as string, body.accessToken as string];
      },
    ],
    [
      'vcita',
      async (api) => {
        const { id } = await anIdentity(business);
        const { status, body } = await api.within(null).post('/platform/v1/tokens', { app_id: id });
        return [status, body.data?.token_id as string, body.data?.token as string];
      },
    ],
    [
      'rotation of another token',
      async (api) => {
        const { id } = await anIdentity(business);
        const other = await issuedTo(business, { identity_id: id });
        return nativeAnswer(await api.post(`/api/v1/tokens/${other.id}/rotate`));
      },
    ],
    [
      'rotation of itself',
      async (api, parent) => nativeAnswer(await api.post(`/api/v1/tokens/${parent.id}/rotate`)),
    ],
  ];
  const nativeAnswer = ({ status, body }: { status: number; body: AnyBody }): [number, string, string] => [
    status,
    body.token_info?.id as string,
    body.token as string,
  ];

  it.each(WAYS)(
    'by %s: neither in its end, nor its addresses, nor its uses; and says where it comes from',
    async (_, issue) => {
      const parent = await limited({
        accessTokenTTL: DAY_SECONDS,
        accessTokenMaxTTL: DAY_SECONDS,
        accessTokenNumUsesLimit: 4,
        accessTokenTrustedIps: LOOPBACK,
      });
      const { expires: end } = await stored(parent.id);
      const [status, id, secret] = await issue(parent.api, parent);
      expect([200, 201]).toContain(status);
      const child = await stored(id);
      expect(child).toMatchObject({ trusted_ips: ['127.0.0.1'], issued_by_token: parent.id });
      expect((child.expires as Date).getTime()).toBeLessThanOrEqual((end as Date).getTime());
      expect((child.latest as Date).getTime()).toBeLessThanOrEqual((end as Date).getTime());
      expect(child.uses_limit).toBe(3);
      const info = await business.api.get(`/api/v1/tokens/${id}`);
      expect(info.body.issued_by_token).toBe(parent.id);
      // One use was asking for it; between the two of them three are left, whoever they are used with.
      const verdicts = [];
      for (const each of [secret, secret, secret, secret]) verdicts.push(await verify(each));
      expect(verdicts).toEqual([true, true, true, false]);
      expect(await verify(parent.secret)).toBe(false);
    },
  );

  it('not even many of them together, whoever asks at once', async () => {
    const parent = await limited({ accessTokenNumUsesLimit: 12 });
    const children = [];
    for (let index = 0; index < 3; index++) {
      const { body } = await parent.api.post('/api/v1/tokens', { name: 'n' });
      children.push(body.token as string);
    }
    const own = await business.api.as(children[0] as string).post('/api/v1/tokens', { name: 'grandchild' });
    const secrets = [parent.secret, ...children, own.body.token as string];
    const verdicts = await Promise.all(
      Array.from({ length: 60 }, (_, index) => verify(secrets[index % 5] as string)),
    );
    // Twelve less the four that were spent on asking.
    expect(verdicts.filter((active) => active)).toHaveLength(8);
    expect((await stored(parent.id)).uses).toBe(12);
  });

  it('and is refused where nothing would be left', async () => {
    const spent = await limited({ accessTokenNumUsesLimit: 1 });
    expect((await spent.api.post('/api/v1/tokens', { name: 'n' })).status).toBe(403);
    const here = await limited({ accessTokenTrustedIps: LOOPBACK });
    const { id } = await anIdentity(business);
    await business.api.post(`${TOKEN_AUTH}/${id}`, { accessTokenTrustedIps: [{ ipAddress: '10.0.0.0/8' }] });
    expect((await here.api.within(null).post(`${TOKEN_AUTH}/${id}/tokens`)).status).toBe(403);
  });

  it('when it expires itself, in whatever way it is asked for', async () => {
    const member = await aToken(business, { role: 'admin', expiresInDays: 1 });
    const end = (await stored(member.id)).expires as Date;
    for (const body of [
      { name: 'n' },
      { name: 'n', expires_in_days: 365 },
      { name: 'n', expires_in_days: null },
    ]) {
      const { body: issued } = await member.api.post('/api/v1/tokens', body);
      expect(issued.token_info.expires_at).toBe(end.toISOString());
    }
    const shorter = await limited({});
    const { body } = await shorter.api.post('/api/v1/tokens', { name: 'n', expires_in_days: 1 });
    const lifetime = Date.parse(body.token_info.expires_at) - Date.parse(body.token_info.created_at);
    expect(Math.round(lifetime / 1000)).toBe(DAY_SECONDS);
  });

  it('nor outlives it in its grace', async () => {
    const token = await aToken(business, { role: 'admin', expiresInDays: null });
    const { body } = await business.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 600 });
    const { body: issued } = await token.api.post('/api/v1/tokens', { name: 'n', expires_in_days: null });
    expect(issued.token_info.expires_at).toBe(body.replaced.grace_ends_at);
  });

  it('nor by renewals', async () => {
    const parent = await limited({ accessTokenTTL: 60, accessTokenMaxTTL: 100 });
    const latest = (await createdAt(parent.id)) + 100_000;
    const { id } = await anIdentity(business);
    await business.api.post(`${TOKEN_AUTH}/${id}`, { accessTokenTTL: DAY_SECONDS, accessTokenMaxTTL: 0 });
    const { body } = await parent.api.within(null).post(`${TOKEN_AUTH}/${id}/tokens`);
    const child = body.tokenData.id as string;
    expect((await stored(child)).expires).toEqual((await stored(parent.id)).expires);
    const renewed = await business.api
      .as(null)
      .post('/api/v1/auth/token/renew', { accessToken: body.accessToken });
    expect(renewed.status).toBe(200);
    expect((await stored(child)).expires?.getTime()).toBe(latest);
    const again = await business.api
      .as(null)
      .post('/api/v1/auth/token/renew', { accessToken: body.accessToken });
    expect(again.status).toBe(401);
  });

  it('nor by rotating itself again and again: its uses, its maximum and its end stay what they were', async () => {
    const first = await limited({ accessTokenTTL: 60, accessTokenMaxTTL: 100, accessTokenNumUsesLimit: 6 });
    const latest = (await createdAt(first.id)) + 100_000;
    let { id, secret } = first as { id: string; secret: string };
    for (let round = 0; round < 3; round++) {
      const { body } = await business.api
        .as(secret)
        .post(`/api/v1/tokens/${id}/rotate`, { grace_seconds: 600 });
      [id, secret] = [body.token_info.id as string, body.token as string];
    }
    expect((await stored(id)).expires).toEqual((await stored(first.id)).expires);
    expect((await stored(id)).uses_limit).toBe(3);
    const renewed = await business.api.as(null).post('/api/v1/auth/token/renew', { accessToken: secret });
    expect(renewed.status).toBe(200);
    expect((await stored(id)).latest?.getTime()).toBe(latest);
    expect((await stored(id)).expires?.getTime()).toBeLessThanOrEqual(latest);
    expect([
      await verify(secret),
      await verify(first.secret),
      await verify(secret),
      await verify(secret),
    ]).toEqual([true, true, true, false]);
    expect(await verify(first.secret)).toBe(false);
  });

  it('nor does somebody else widen it by the terms of the identity', async () => {
    const parent = await limited({ accessTokenTrustedIps: LOOPBACK });
    const { id } = await anIdentity(business);
    const config = `${TOKEN_AUTH}/${id}`;
    await business.api.post(config, {});
    const { body } = await parent.api.within(null).post(`${config}/tokens`);
    for (const [ranges, expected] of [
      [[{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }], ['127.0.0.1']],
      [[{ ipAddress: '127.0.0.0/8' }], ['127.0.0.1']],
      [[{ ipAddress: '10.0.0.0/8' }], []],
    ] as const) {
      await business.api.patch(config, { accessTokenTrustedIps: ranges });
      expect((await stored(body.tokenData.id as string)).trusted_ips).toEqual(expected);
    }
  });

  it('nor does it change the terms that it is held to itself', async () => {
    const { api, identityId } = await limited({ accessTokenTrustedIps: LOOPBACK });
    const config = `${TOKEN_AUTH}/${identityId}`;
    const everywhere = { accessTokenTrustedIps: [{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }] };
    expect((await api.within(null).patch(config, everywhere)).status).toBe(403);
    expect((await api.within(null).delete(config)).status).toBe(403);
  });

  it('when somebody with a longer life rotates it, it lives as long as it was given, anew', async () => {
    const token = await aToken(business, { expiresInDays: 1 });
    await changeToken(
      (await sharedApp()).databaseUrl,
      token.id,
      `created_at = created_at - interval '12 h', expires_at = expires_at - interval '12 h'`,
    );
    for (const rotate of [business.api, (await aToken(business, { role: 'admin' })).api]) {
      const { body } = await rotate.post(`/api/v1/tokens/${token.id}/rotate`);
      if (body.token_info === undefined) continue;
      const lifetime = Date.parse(body.token_info.expires_at) - Date.parse(body.token_info.created_at);
      expect(Math.round(lifetime / 1000)).toBe(DAY_SECONDS);
    }
  });

  it('but the platform is not bound in its businesses, and issues no platform token that outlives its own', async () => {
    const api = await platform();
    const { body } = await api.post('/api/v1/admin/tokens', { name: 'a day', expires_in_days: 1 });
    const [day, end] = [api.as(body.token as string), body.token_info.expires_at as string];
    const issued = await day.within(business.id).post('/api/v1/tokens', { name: 'n', expires_in_days: null });
    expect(issued.body.token_info).toMatchObject({ expires_at: null, issued_by_token: body.token_info.id });
    for (const expires_in_days of [365, null]) {
      const { body: next } = await day.post('/api/v1/admin/tokens', { name: 'n', expires_in_days });
      expect(next.token_info).toMatchObject({ expires_at: end, issued_by_token: body.token_info.id });
    }
    await day.post('/platform/v1/tokens', { directory_id: 'd' });
    const { body: all } = await api.get('/api/v1/admin/tokens');
    const directory = all.items.find(
      (each: { issued_by_token: string; name: string }) =>
        each.name === 'directory' && each.issued_by_token === body.token_info.id,
    );
    expect(directory.expires_at).toBe(end);
  });

  async function createdAt(id: string): Promise<number> {
    const [row] = await sql<{ at: Date }>(
      (await sharedApp()).databaseUrl,
      'SELECT created_at AS at FROM tokens WHERE id = $1',
      [id],
    );
    return (row?.at as Date).getTime();
  }
});

describe('OpenTrain without scopes', () => {
  const TOKENS = '/api/public/v1/tokens';

  it('is for the tokens that it issued; all others need the scopes of the native API', async () => {
    const business = await aBusiness();
    for (const owner of [{ role: 'developer' as const }, { identityId: (await anIdentity(business)).id }]) {
      const full = await aToken(business, owner);
      const { body } = await full.api.within(null).post(TOKENS, { scopes: ['rescind:tokens:verify'] });
      const issued = business.api.as(body.token as string).within(null);
      const { status, body: child } = await issued.post(TOKENS);
      expect([status, child.metadata.scopes]).toEqual([201, ['rescind:tokens:verify']]);
      expect((await issued.get(TOKENS)).body.tokens).toHaveLength(3);
      expect((await issued.delete(`${TOKENS}/${child.metadata.id}`)).status).toBe(200);
    }
    const native = await aToken(business, { scopes: ['orders:read'] });
    const api = native.api.within(null);
    for (const { status, body } of [
      await api.post(TOKENS),
      await api.get(TOKENS),
      await api.delete(`${TOKENS}/${native.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))}`),
    ])
      expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
    expect((await api.delete(`${TOKENS}/${native.id}`)).status).toBe(200);
  });

  it('a token without an owner has an account of its own, in which there is nothing but itself', async () => {
    const business = await aBusiness();
    const siblings = [
      await issuedTo(business, {}, ['orders:read']),
      await issuedTo(business, {}, ['orders:read']),
    ];
    const { body } = await business.api.within(business.id).post(TOKENS, { scopes: ['orders:read'] });
    const customer = business.api.as(body.token as string).within(null);
    const listed = await customer.get(TOKENS);
    expect(listed.body.tokens.map(({ id }: { id: string }) => id)).toEqual([body.metadata.id]);
    for (const { id } of siblings) expect((await customer.delete(`${TOKENS}/${id}`)).status).toBe(404);
    const wide = await issuedTo(business, {}, ['rescind:tokens:read', 'rescind:tokens:write']);
    const native = await wide.api.get('/api/v1/tokens', { include_total_count: true });
    expect(native.body.items.map(({ id }: { id: string }) => id)).toEqual([wide.id]);
    expect(native.body.total).toBe(1);
    expect((await wide.api.get('/api/v1/tokens', { owner_email: '*' })).status).toBe(403);
    const vcita = await wide.api.within(null).get('/platform/v1/tokens');
    expect(vcita.body.data.tokens.map((each: { token_id: string }) => each.token_id)).toEqual([wide.id]);
    const directory = await wide.api.within(null).get('/platform/v1/tokens', { directory_id: 'd' });
    expect(directory.body).toEqual(vcita.body);
    const admin = await issuedTo(business, {}, ['rescind:business:admin']);
    expect((await admin.api.get('/api/v1/tokens')).body.items).toHaveLength(1);
    expect((await admin.api.get('/api/v1/tokens', { owner_email: '*' })).body.items.length).toBeGreaterThan(
      4,
    );
  });
});
