import type { Verifier } from '@rescind/verifier';
import {
  aClientVerifier,
  closeClientVerifiers,
  openClientVerifier,
  outcomeOf,
  remember,
} from '../../support/client-verifier.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

describe('a client verifier', () => {
  let url: string;
  let business: TestBusiness;
  let verifier: Verifier;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
    const { secret } = await aToken(business, { scopes: ['rescind:tokens:verify'] });
    verifier = await aClientVerifier({ url, token: secret, name: 'orders-api' });
  });
  afterAll(closeClientVerifiers);

  /** The secret of an identity's token under these terms. */
  const limited = async (terms: object): Promise<string> => {
    const { id } = await anIdentity(business);
    const config = `/api/v1/auth/token-auth/identities/${id}`;
    await business.api.post(config, terms);
    return (await business.api.post(`${config}/tokens`, {})).body.accessToken as string;
  };

  it('answers what HTTP answers, and from then on at once', async () => {
    const token = await aToken(business, { scopes: ['orders:read'], name: 'nightly' });
    const { body } = await business.api.post('/api/v1/tokens/verify', { token: token.secret });
    expect(await verifier.verify(token.secret)).toEqual(body);
    await remember(verifier, token);
    expect(await verifier.verify(token.secret)).toEqual(body);
    expect(await verifier.verifyAsync(token.secret)).toEqual(body);
  });

  it('gives every caller the same verdict, which none can change', async () => {
    const token = await aToken(business, { scopes: ['orders:read'] });
    await remember(verifier, token);
    const verdict = await verifier.verify(token.secret);
    expect(verdict.active && (verdict.scopes as string[])).toEqual(['orders:read']);
    expect(() => Object.assign(verdict, { active: false })).toThrow(TypeError);
    expect(() => verdict.active && (verdict.scopes as string[]).push('orders:write')).toThrow(TypeError);
  });

  it.each([
    [['orders:read']],
    [['orders:write']],
    [['orders:read', 'invoices:read']],
    [['rescind:audit:read']],
    [[]],
  ])('judges the scopes %j as the server does', async (scopes) => {
    for (const granted of [['orders:read'], ['orders:write'], ['rescind:business:admin']]) {
      const role = granted[0]?.startsWith('rescind:') === true ? 'admin' : 'developer';
      const token = await aToken(business, { scopes: granted, role });
      const { body } = await business.api.post('/api/v1/tokens/verify', { token: token.secret, scopes });
      await remember(verifier, token);
      expect(await verifier.verify(token.secret, { scopes })).toEqual(body);
    }
  });

  it('judges addresses as the server does', async () => {
    const secret = await limited({ accessTokenTrustedIps: [{ ipAddress: '203.0.113.0/24' }] });
    for (const ip of ['203.0.113.9', '203.0.114.9', '::ffff:203.0.113.9'])
      for (let times = 0; times < 2; times++) {
        const { body } = await business.api.post('/api/v1/tokens/verify', { token: secret, ip });
        expect(await verifier.verify(secret, { ip })).toEqual(body);
      }
    expect(outcomeOf(await verifier.verify(secret))).toBe('ip_not_allowed');
  });

  it('counts each use of a token whose uses are limited', async () => {
    const secret = await limited({ accessTokenNumUsesLimit: 2 });
    const outcomes = [];
    for (let times = 0; times < 3; times++) outcomes.push(outcomeOf(await verifier.verify(secret)));
    expect(outcomes).toEqual(['active', 'active', 'exhausted']);
  });

  it('knows nothing of another business, unless it is the platform that asks', async () => {
    const token = await aToken(await aBusiness());
    expect(outcomeOf(await verifier.verify(token.secret))).toBe('unknown');
    const everywhere = await aClientVerifier({ url, token: platformSecret() });
    expect(outcomeOf(await everywhere.verify(token.secret))).toBe('active');
    const within = await aClientVerifier({ url, token: platformSecret(), businessId: business.id });
    expect(outcomeOf(await within.verify(token.secret))).toBe('unknown');
  });

  it('is shown to administrators by its name', async () => {
    const { body } = await (await aBusiness()).api.within(null).get('/api/v1/admin/verifiers');
    expect(JSON.stringify(body)).toContain('"orders-api"');
  });

  it('says that a credential is refused, and takes another when it gets one', async () => {
    const token = await aToken(business);
    const good = await aToken(business, { scopes: ['rescind:tokens:verify'] });
    const without = await aToken(business, { scopes: ['rescind:tokens:read'] });
    for (const bad of [without.secret, 'nonsense']) {
      const reasons: string[] = [];
      let credential = bad;
      const late = openClientVerifier({ url, token: () => credential });
      late.on('degraded', (reason) => reasons.push(reason));
      await waitFor('that it is refused', () => reasons.includes('credential_refused'));
      expect(outcomeOf(await late.verify(token.secret))).toBe('unavailable');
      credential = good.secret;
      await late.whenReady();
      expect(outcomeOf(await late.verify(token.secret))).toBe('active');
      await late.close();
    }
  });

  it('asks over HTTP while there is no stream, with a credential of a business and with one of the platform', async () => {
    const token = await aToken(business, { scopes: ['orders:read'] });
    const { secret } = await aToken(business, { scopes: ['rescind:tokens:verify'] });
    for (const credential of [secret, platformSecret()]) {
      // The first question comes before any connection can be there.
      const early = openClientVerifier({ url, token: credential });
      const verdict = await early.verify(token.secret);
      expect(verdict.active && verdict.jti).toBe(token.jti);
      expect(early.counters).toMatchObject({ askedOnStream: 0, askedOverHttp: 1 });
      await early.close();
    }
  });

  it('answers nothing once it is closed', async () => {
    const token = await aToken(business);
    const other = await aClientVerifier({ url, token: platformSecret() });
    await remember(other, token);
    await other.close();
    expect(outcomeOf(await other.verify(token.secret))).toBe('unavailable');
  });
});
