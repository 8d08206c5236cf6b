import { sql } from '../../support/databases.js';
import { aToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { changeToken } from '../../support/token-mac.js';
import { anAccessToken, TOKEN_AUTH, tokenAuthWorld, verdictOn } from '../infisical-config/token-auth.js';

const RENEW = '/api/v1/auth/token/renew';
const REVOKE = '/api/v1/auth/token/revoke';

async function expiryOf(id: string): Promise<{ expires: number; created: number }> {
  const [row] = await sql<{ expires: number; created: number }>(
    (await sharedApp()).databaseUrl,
    `SELECT extract(epoch FROM expires_at)::float8 AS expires, extract(epoch FROM created_at)::float8 AS created
     FROM tokens WHERE id = $1`,
    [id],
  );
  if (row === undefined) throw new Error('no such token');
  return row;
}

describe('Whoever holds an access token', () => {
  it('renews it: the same token, a later expiry, never past its creation plus the maximum TTL', async () => {
    const world = await tokenAuthWorld({ accessTokenTTL: 60, accessTokenMaxTTL: 100 });
    const { id, secret, api } = await anAccessToken(world);
    const issued = await expiryOf(id);
    expect(issued.expires).toBeCloseTo(issued.created + 60, 3);
    const { status, body } = await api.as(null).post(RENEW, { accessToken: secret });
    expect([status, body]).toEqual([
      200,
      { accessToken: secret, expiresIn: 60, accessTokenMaxTTL: 100, tokenType: 'Bearer' },
    ]);
    const renewed = await expiryOf(id);
    expect(renewed.expires).toBeGreaterThan(issued.expires);
    // As if half a minute had passed: the rest of the maximum is all that is left to give.
    const { databaseUrl } = await sharedApp();
    await changeToken(
      databaseUrl,
      id,
      `created_at = created_at - interval '50 s', expires_at = now() + interval '10 s'`,
    );
    const last = await api.as(null).post(RENEW, { accessToken: secret });
    expect(last.status).toBe(200);
    const end = await expiryOf(id);
    expect(end.expires).toBeCloseTo(end.created + 100, 3);
    const over = await api.as(null).post(RENEW, { accessToken: secret });
    expect([over.status, over.body.error]).toEqual([401, 'UnauthorizedError']);
    const { body: record } = await world.admin.get(`${TOKEN_AUTH}/tokens/${id}`);
    expect(record.token.accessTokenLastRenewedAt).not.toBeNull();
    const events = await sql(
      databaseUrl,
      `SELECT 1 FROM audit_events WHERE action = 'token.renewed' AND target_id = $1`,
      [id],
    );
    expect(events).toHaveLength(2);
  });

  it('renews neither what is revoked, exhausted or at its maximum (401), nor what is expired or malformed (403)', async () => {
    const world = await tokenAuthWorld({
      accessTokenTTL: 60,
      accessTokenMaxTTL: 600,
      accessTokenNumUsesLimit: 1,
    });
    const { databaseUrl } = await sharedApp();
    const [revoked, exhausted, expired] = [
      await anAccessToken(world),
      await anAccessToken(world),
      await anAccessToken(world),
    ];
    await world.admin.post(`${TOKEN_AUTH}/tokens/${revoked.id}/revoke`);
    expect(await verdictOn(world, exhausted.secret)).toMatchObject({ active: true });
    await sql(databaseUrl, `UPDATE tokens SET expires_at = now() - interval '1 s' WHERE id = $1`, [
      expired.id,
    ]);
    const native = await aToken(world.business);
    for (const [secret, status, error] of [
      [revoked.secret, 401, 'UnauthorizedError'],
      [exhausted.secret, 401, 'UnauthorizedError'],
      [native.secret, 401, 'UnauthorizedError'],
      [expired.secret, 403, 'TokenError'],
      ['garbage', 403, 'TokenError'],
      ['', 403, 'TokenError'],
    ] as const) {
      const answer = await world.admin.as(null).post(RENEW, { accessToken: secret });
      expect([answer.status, answer.body.error]).toEqual([status, error]);
    }
    for (const body of [undefined, {}, { accessToken: null }, { accessToken: ['x'] }, []]) {
      const answer = await world.admin.as(null).post(RENEW, body);
      expect([answer.status, Array.isArray(answer.body.message)]).toEqual([422, true]);
    }
  });

  it('renews a token without end to the same', async () => {
    const world = await tokenAuthWorld({ accessTokenTTL: 0, accessTokenMaxTTL: 0 });
    const { secret } = await anAccessToken(world);
    const { status, body } = await world.admin.as(null).post(RENEW, { accessToken: secret });
    expect([status, body.expiresIn]).toEqual([200, 0]);
  });

  it('cannot bring a token back by renewing it while it is being revoked', async () => {
    const world = await tokenAuthWorld({ accessTokenTTL: 60, accessTokenMaxTTL: 600 });
    const { id, secret } = await anAccessToken(world);
    const renewals = Array.from({ length: 15 }, () =>
      world.admin.as(null).post(RENEW, { accessToken: secret }),
    );
    const revoked = await world.admin.post(`${TOKEN_AUTH}/tokens/${id}/revoke`);
    expect(revoked.status).toBe(200);
    expect(await verdictOn(world, secret)).toEqual({ active: false, reason: 'revoked' });
    for (const { status } of await Promise.all(renewals)) expect([200, 401]).toContain(status);
    expect(await verdictOn(world, secret)).toEqual({ active: false, reason: 'revoked' });
  });

  it('revokes it, again and again with 200, and learns nothing of a secret that is nobody’s', async () => {
    const world = await tokenAuthWorld({});
    const { secret } = await anAccessToken(world);
    const anyone = world.admin.as(null);
    for (let call = 0; call < 2; call++) {
      expect((await anyone.post(REVOKE, { accessToken: secret })).status).toBe(200);
      expect(await verdictOn(world, secret)).toEqual({ active: false, reason: 'revoked' });
    }
    expect((await anyone.post(REVOKE, { accessToken: '0'.repeat(64) })).status).toBe(200);
    const malformed = await anyone.post(REVOKE, { accessToken: 'garbage' });
    expect([malformed.status, malformed.body.error]).toEqual([403, 'TokenError']);
  });
});
