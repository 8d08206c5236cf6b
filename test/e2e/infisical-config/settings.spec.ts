import { randomUUID } from 'node:crypto';
import { sql } from '../../support/databases.js';
import { aBusiness, anIdentity, aToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { anAccessToken, TOKEN_AUTH, tokenAuthWorld, verdictOn } from './token-auth.js';

describe('The Token Auth of an identity', () => {
  it('is attached with the defaults, read, and not attached twice', async () => {
    const { admin, config, identityId } = await tokenAuthWorld();
    const attached = await admin.post(config);
    expect([attached.status, attached.body]).toEqual([
      200,
      {
        identityTokenAuth: {
          id: expect.any(String) as string,
          identityId,
          accessTokenTTL: 2592000,
          accessTokenMaxTTL: 2592000,
          accessTokenNumUsesLimit: 0,
          accessTokenTrustedIps: [
            { type: 'ipv4', ipAddress: '0.0.0.0', prefix: 0 },
            { type: 'ipv6', ipAddress: '::', prefix: 0 },
          ],
          accessTokenPeriod: 0,
          createdAt: expect.any(String) as string,
          updatedAt: expect.any(String) as string,
        },
      },
    ]);
    expect((await admin.get(config)).body).toEqual(attached.body);
    const twice = await admin.post(config, {});
    expect([twice.status, twice.body.error]).toEqual([400, 'BadRequest']);
  });

  it('is attached once, by whichever of many calls comes first', async () => {
    const { admin, config } = await tokenAuthWorld();
    const answers = await Promise.all(Array.from({ length: 12 }, () => admin.post(config)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(11).fill(400)]);
  });

  it.each([
    ['the shortest', { accessTokenTTL: 0, accessTokenMaxTTL: 0, accessTokenNumUsesLimit: 0 }],
    ['the longest', { accessTokenTTL: 315360000, accessTokenMaxTTL: 315360000 }],
    ['a TTL without a maximum', { accessTokenTTL: 60, accessTokenMaxTTL: 0 }],
    [
      'addresses and CIDRs of both families',
      {
        accessTokenTrustedIps: [
          { ipAddress: '203.0.113.7' },
          { ipAddress: '10.0.0.0/8' },
          { ipAddress: '2001:db8::1' },
          { ipAddress: 'fd00::/8' },
        ],
      },
    ],
    ['members that it does not know', { accessTokenPeriod: 0, unknown: true }],
  ])('takes %s', async (_, settings) => {
    const { admin, config } = await tokenAuthWorld();
    const { status, body } = await admin.post(config, settings);
    expect(status).toBe(200);
    const { accessTokenTrustedIps: ips = [] } = body.identityTokenAuth;
    if ('accessTokenTrustedIps' in settings)
      expect(ips).toEqual([
        { type: 'ipv4', ipAddress: '203.0.113.7' },
        { type: 'ipv4', ipAddress: '10.0.0.0', prefix: 8 },
        { type: 'ipv6', ipAddress: '2001:db8::1' },
        { type: 'ipv6', ipAddress: 'fd00::', prefix: 8 },
      ]);
  });

  it.each([
    [400, { accessTokenTTL: 61, accessTokenMaxTTL: 60 }],
    [400, { accessTokenTrustedIps: [{ ipAddress: '10.0.0.0/33' }] }],
    [400, { accessTokenTrustedIps: [{ ipAddress: '2001:db8::/129' }] }],
    [400, { accessTokenTrustedIps: [{ ipAddress: '999.0.0.1' }] }],
    [400, { accessTokenTrustedIps: [{ ipAddress: 'fe80::1%eth0' }] }],
    [400, { accessTokenTrustedIps: [{ ipAddress: '' }] }],
    [422, { accessTokenTrustedIps: [] }],
    [422, { accessTokenTrustedIps: ['10.0.0.1'] }],
    [422, { accessTokenTrustedIps: [null] }],
    [422, { accessTokenTrustedIps: null }],
    [422, { accessTokenTrustedIps: [{ ipAddress: 7 }] }],
    [422, { accessTokenTTL: -1 }],
    [422, { accessTokenTTL: 315360001 }],
    [422, { accessTokenMaxTTL: 1.5 }],
    [422, { accessTokenMaxTTL: '60' }],
    [422, { accessTokenNumUsesLimit: -1 }],
    [422, { accessTokenNumUsesLimit: 2147483648 }],
    [422, { accessTokenNumUsesLimit: 1e300 }],
    [422, [1]],
  ])('refuses with %i and attaches nothing: %j', async (expected, settings) => {
    const { admin, config } = await tokenAuthWorld();
    const { status, body } = await admin.post(config, settings);
    expect([status, body.statusCode]).toEqual([expected, expected]);
    expect(body.reqId).toMatch(/^req-[0-9A-Za-z]{14}$/);
    expect(Array.isArray(body.message)).toBe(expected === 422);
    expect((await admin.get(config)).status).toBe(404);
  });

  it('is changed in part, held to the same rules, and must be there', async () => {
    const { admin, config } = await tokenAuthWorld({ accessTokenTTL: 60, accessTokenMaxTTL: 120 });
    const changed = await admin.patch(config, { accessTokenNumUsesLimit: 5 });
    expect(changed.body.identityTokenAuth).toMatchObject({
      accessTokenTTL: 60,
      accessTokenMaxTTL: 120,
      accessTokenNumUsesLimit: 5,
    });
    expect((await admin.patch(config, { accessTokenTTL: 121 })).status).toBe(400);
    expect((await admin.delete(config)).status).toBe(200);
    for (const answer of [await admin.patch(config, {}), await admin.delete(config)])
      expect([answer.status, answer.body.error]).toEqual([400, 'BadRequest']);
    const gone = await admin.get(config);
    expect([gone.status, gone.body.error]).toEqual([404, 'NotFound']);
  });

  it('takes every token it issued along when it is detached, and no other token of the identity', async () => {
    const world = await tokenAuthWorld({});
    const { admin, business, config, identityId } = world;
    const issued = [await anAccessToken(world), await anAccessToken(world)];
    const native = await aToken(business, { identityId });
    expect((await admin.delete(config)).status).toBe(200);
    for (const { secret } of issued)
      expect(await verdictOn(world, secret)).toEqual({ active: false, reason: 'revoked' });
    expect(await verdictOn(world, native.secret)).toMatchObject({ active: true });
    expect((await admin.post(`${config}/tokens`)).status).toBe(400);
    const events = await sql(
      (await sharedApp()).databaseUrl,
      `SELECT details->>'tokens_revoked' AS tokens_revoked FROM audit_events
       WHERE business_id = $1 AND action = 'identity.token_auth_detached'`,
      [business.id],
    );
    expect(events).toEqual([{ tokens_revoked: '2' }]);
  });

  it('leaves no token behind that was being issued while it was detached', async () => {
    const world = await tokenAuthWorld({});
    const { admin, config } = world;
    const issuing = Array.from({ length: 20 }, () => admin.post(`${config}/tokens`));
    const detached = await admin.delete(config);
    expect(detached.status).toBe(200);
    for (const { status, body } of await Promise.all(issuing)) {
      if (status === 200)
        expect(await verdictOn(world, body.accessToken as string)).toEqual({
          active: false,
          reason: 'revoked',
        });
      else expect(status).toBe(400);
    }
  });

  it('is the business of administrators, and of no other business', async () => {
    const { admin, business, config } = await tokenAuthWorld({});
    const developer = (await aToken(business)).api.within(null);
    for (const answer of [
      await developer.post(config),
      await developer.get(config),
      await developer.patch(config, {}),
      await developer.delete(config),
      await developer.post(`${config}/tokens`),
    ])
      expect([answer.status, answer.body.error]).toEqual([403, 'PermissionDenied']);
    const foreign = await anIdentity(await aBusiness());
    for (const id of [foreign.id, randomUUID()]) {
      const path = `${TOKEN_AUTH}/identities/${id}`;
      for (const answer of [
        await admin.post(path),
        await admin.get(path),
        await admin.patch(path, {}),
        await admin.delete(path),
        await admin.post(`${path}/tokens`),
        await admin.get(`${path}/tokens`),
      ])
        expect([answer.status, answer.body.message]).toEqual([404, 'Resource not found']);
    }
  });
});
