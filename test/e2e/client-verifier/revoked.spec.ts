import type { Verifier } from '@rescind/verifier';
import { aClientVerifier, closeClientVerifiers, outcomeOf, remember } from '../../support/client-verifier.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

describe('R1 in the caller’s process: once a revocation has answered, nothing is active', () => {
  let url: string;
  let business: TestBusiness;
  /** One with a credential of the business, one of the platform's. */
  let verifiers: Verifier[];
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
    const { secret } = await aToken(business, { scopes: ['rescind:tokens:verify'] });
    verifiers = [
      await aClientVerifier({ url, token: secret }),
      await aClientVerifier({ url, token: platformSecret() }),
    ];
  });
  afterAll(closeClientVerifiers);

  const rememberEverywhere = (token: { secret: string }): Promise<unknown> =>
    Promise.all(verifiers.map((verifier) => remember(verifier, token)));
  const outcomes = (secret: string): Promise<string[]> =>
    Promise.all(verifiers.map(async (verifier) => outcomeOf(await verifier.verify(secret))));

  it('of a token', async () => {
    for (let times = 0; times < 10; times++) {
      const token = await aToken(business);
      await rememberEverywhere(token);
      const { body } = await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
      const asked = outcomes(token.secret);
      expect(body.success).toBe(true);
      expect(await asked).toEqual(['revoked', 'revoked']);
    }
  });

  it('of a token that is asked for all the while', async () => {
    const token = await aToken(business);
    await rememberEverywhere(token);
    let answered = false;
    let late = 0;
    let asked = 0;
    const asking = verifiers.map(async (verifier) => {
      for (let afterwards = 0; afterwards < 50;) {
        const startedAfter = answered;
        const verdict = await verifier.verify(token.secret);
        asked++;
        if (startedAfter) afterwards++;
        if (startedAfter && verdict.active) late++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    answered = true;
    await Promise.all(asking);
    expect(asked).toBeGreaterThan(100);
    expect(late).toBe(0);
  });

  it('of all tokens of a member who is removed', async () => {
    const member = await aMember(business);
    const tokens = [await aToken(business, { member }), await aToken(business, { member })];
    for (const token of tokens) await rememberEverywhere(token);
    expect((await business.api.delete(`/api/v1/members/${member.id}`)).status).toBeLessThan(300);
    for (const { secret } of tokens)
      expect((await outcomes(secret)).filter((outcome) => outcome === 'active')).toEqual([]);
  });

  it('of all tokens of an identity that is disabled', async () => {
    const { id } = await anIdentity(business);
    const token = await aToken(business, { identityId: id });
    await rememberEverywhere(token);
    expect((await business.api.post(`/api/v1/identities/${id}/disable`, {})).status).toBeLessThan(300);
    expect((await outcomes(token.secret)).filter((outcome) => outcome === 'active')).toEqual([]);
  });

  it('of the credential itself: its memory is gone, and it is tried again slowly', async () => {
    const other = await aBusiness();
    const credential = await aToken(other, { scopes: ['rescind:tokens:verify'] });
    const verifier = await aClientVerifier({ url, token: credential.secret });
    const token = await aToken(other);
    await remember(verifier, token);
    const reasons: string[] = [];
    verifier.on('degraded', (reason) => reasons.push(reason));
    await other.api.post(`/api/v1/tokens/${credential.id}/revoke`);
    expect(outcomeOf(await verifier.verify(token.secret))).not.toBe('active');
    await waitFor('that it says so', () => reasons.includes('credential_refused'));
    expect(verifier.counters.remembered).toBe(0);
    expect(outcomeOf(await verifier.verify(token.secret))).toBe('unavailable');
  });

  it('of all tokens of a business that is suspended', async () => {
    const other = await aBusiness();
    const token = await aToken(other);
    const [, everywhere] = verifiers as [Verifier, Verifier];
    await remember(everywhere, token);
    const path = `/api/v1/admin/businesses/${other.id}/suspend`;
    expect((await other.api.within(null).post(path)).status).toBeLessThan(300);
    expect(outcomeOf(await everywhere.verify(token.secret))).toBe('suspended');
  });

  it('and tells who listens', async () => {
    const [first] = verifiers as [Verifier];
    const named: string[] = [];
    first.on('revoked', (entries) => named.push(...entries.map(({ kind, id }) => `${kind} ${id}`)));
    // A connection that breaks on a busy machine takes its memory with it: then there is nothing to be told of.
    await waitFor('the event', async () => {
      const token = await aToken(business);
      await remember(first, token);
      await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
      await new Promise((resolve) => setImmediate(resolve));
      return named.includes(`token ${token.jti}`);
    });
  });
});
