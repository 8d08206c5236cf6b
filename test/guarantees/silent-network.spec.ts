import { Api } from '../support/api.js';
import { sql } from '../support/databases.js';
import { aMember, aToken, type TestToken } from '../support/factories.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { holdsLease, outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from './verifiers.js';

/**
 * What a look-up, and what a change may take before it is refused (docs/operations.md), and room for a loaded machine: a
 * system that waits for packets by itself takes minutes to give up.
 */
const LOOK_UP_MS_MAX = 2000 + 13_000;
const CHANGE_MS_MAX = 5000 + 15_000;

describe('R5: a network that drops packets and tells nobody', () => {
  let verifiers: Verifiers;
  let cutOff: Verifier;
  let api: Api;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: '1000' });
    cutOff = verifiers.all[1] as Verifier;
    api = new Api(cutOff.url, platformSecret(), verifiers.business.id);
  });
  afterAll(() => verifiers.end());

  const ask = (token: TestToken) => verify(cutOff, verifiers.business, token);
  /** Leaves as many open sessions in the pool as it may hold. */
  const fillPool = () => Promise.all(Array.from({ length: 40 }, () => api.get('/api/v1/tokens')));
  const timed = async <Value>(work: Promise<Value>): Promise<Value & { tookMs: number }> => {
    const startMs = performance.now();
    return { ...(await work), tookMs: performance.now() - startMs };
  };

  it('an unremembered verdict is refused within seconds, and all are given again as soon as packets pass', async () => {
    const [kept, revoked] = [await aToken(verifiers.business), await aToken(verifiers.business)];
    const strangers: TestToken[] = [];
    for (let index = 0; index < 12; index++) strangers.push(await aToken(verifiers.business));
    await verifiers.remember(kept);
    await verifiers.remember(revoked);
    await fillPool();
    cutOff.proxy.blackHole = true;
    cutOff.proxy.silence();
    const answered = await verifiers.business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    expect(answered.status).toBe(201);

    // The first ones find sessions that seem to be there, the later ones cannot make any.
    for (const part of [strangers.slice(0, 10), strangers.slice(10), [revoked]]) {
      for (const answer of await Promise.all(part.map((token) => timed(ask(token))))) {
        expect(outcomeOf(answer)).toBe('503');
        expect(answer.headers['retry-after']).toMatch(/^\d+$/);
        expect(answer.tookMs).toBeLessThan(LOOK_UP_MS_MAX);
      }
    }
    const change = await timed(api.post('/api/v1/tokens', { name: 'never' }));
    expect(change.status).toBe(503);
    expect(change.tookMs).toBeLessThan(CHANGE_MS_MAX);

    cutOff.proxy.blackHole = false;
    const backAtMs = performance.now();
    await waitFor('an active verdict', async () => {
      expect(outcomeOf(await ask(revoked))).not.toBe('active');
      return outcomeOf(await ask(kept)) === 'active';
    });
    expect(performance.now() - backAtMs).toBeLessThan(LOOK_UP_MS_MAX);
    for (const token of strangers) expect(outcomeOf(await ask(token))).toBe('active');
    expect(outcomeOf(await ask(revoked))).toBe('revoked');
    expect((await api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('changes under way are answered, none is done by halves, and their dead sessions keep nobody waiting', async () => {
    await waitFor('a lease', () => holdsLease(cutOff));
    const member = await aMember(verifiers.business);
    await fillPool();
    const issuing = Array.from({ length: 30 }, () =>
      timed(api.post('/api/v1/tokens', { name: 'in flight', owner_email: member.email })),
    );
    const first = await Promise.race(issuing);
    expect(first.status).toBe(201);
    cutOff.proxy.silence();
    const startMs = performance.now();
    const token = await aToken(verifiers.business);
    await waitFor('an active verdict', async () => outcomeOf(await ask(token)) === 'active');
    expect(performance.now() - startMs).toBeLessThan(CHANGE_MS_MAX);
    for (const answer of await Promise.all(issuing)) {
      expect([201, 503]).toContain(answer.status);
      expect(answer.tookMs).toBeLessThan(2 * CHANGE_MS_MAX);
    }
    const [counts] = await sql(
      verifiers.database.superuserUrl,
      `SELECT (SELECT count(*)::int FROM tokens WHERE name = 'in flight') AS tokens,
         (SELECT count(*)::int FROM audit_events WHERE action = 'token.issued' AND details->>'name' = 'in flight') AS events`,
    );
    expect(counts?.tokens).toBe(counts?.events);
  });
});
