import { anAccessToken, tokenAuthWorld, verdictOn } from './token-auth.js';

const RANGES = {
  accessTokenTrustedIps: [
    { ipAddress: '10.0.0.0/8' },
    { ipAddress: '203.0.113.7' },
    { ipAddress: '2001:db8::/32' },
  ],
};

describe('The trusted IPs of an identity', () => {
  it.each([
    ['10.255.255.255', true],
    ['11.0.0.0', false],
    ['203.0.113.7', true],
    ['203.0.113.8', false],
    ['2001:db8:ffff::1', true],
    ['2001:db9::1', false],
    ['::ffff:10.0.0.1', true],
    ['::ffff:a00:1', true],
    ['0:0:0:0:0:ffff:10.0.0.1', true],
    ['::ffff:11.0.0.1', false],
    ['::ffff:b00:1', false],
  ])('let a token be used from %s: %s', async (ip, active) => {
    const world = await tokenAuthWorld(RANGES);
    const { secret } = await anAccessToken(world);
    const verdict = await verdictOn(world, secret, ip);
    expect(verdict.active).toBe(active);
    if (!active) expect(verdict.reason).toBe('ip_not_allowed');
  });

  it('refuse a token whose origin is not told, and one that is presented from elsewhere', async () => {
    const world = await tokenAuthWorld(RANGES);
    const { secret, api } = await anAccessToken(world);
    expect(await verdictOn(world, secret)).toEqual({ active: false, reason: 'ip_not_allowed' });
    const used = await api.get('/api/v1/identities/details');
    expect([used.status, used.body.error]).toEqual([403, 'PermissionDenied']);
    const renewed = await api.as(null).post('/api/v1/auth/token/renew', { accessToken: secret });
    expect(renewed.status).toBe(403);
  });

  it('are every address by default, an untold one included', async () => {
    const world = await tokenAuthWorld({});
    const { secret } = await anAccessToken(world);
    expect(await verdictOn(world, secret)).toMatchObject({ active: true });
    expect(await verdictOn(world, secret, '2001:db8::1')).toMatchObject({ active: true });
  });

  it('bind tokens issued before a change as soon as the change is answered', async () => {
    const world = await tokenAuthWorld({});
    const { secret } = await anAccessToken(world);
    expect(await verdictOn(world, secret, '198.51.100.1')).toMatchObject({ active: true });
    await world.admin.patch(world.config, RANGES);
    expect(await verdictOn(world, secret, '198.51.100.1')).toMatchObject({ active: false });
    expect(await verdictOn(world, secret, '10.1.2.3')).toMatchObject({ active: true });
    await world.admin.patch(world.config, { accessTokenTrustedIps: [{ ipAddress: '::ffff:10.1.0.0/112' }] });
    expect(await verdictOn(world, secret, '10.1.2.3')).toMatchObject({ active: true });
    expect(await verdictOn(world, secret, '10.2.2.3')).toMatchObject({ active: false });
  });

  it('of one family say nothing about the other', async () => {
    const world = await tokenAuthWorld({ accessTokenTrustedIps: [{ ipAddress: '::/0' }] });
    const { secret } = await anAccessToken(world);
    for (const ip of ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1'])
      expect(await verdictOn(world, secret, ip)).toMatchObject({ active: false });
    expect(await verdictOn(world, secret, '2001:db8::1')).toMatchObject({ active: true });
  });
});
