import { aToken, type TestToken } from '../support/factories.js';
import { waitFor } from '../support/wait-for.js';
import { outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from './verifiers.js';

const LEASE_MS = 4000;

let cutting: NodeJS.Timeout | undefined;

describe('R5: without its database a verifier answers from memory until its lease ends, then 503', () => {
  let verifiers: Verifiers;
  let cutOff: Verifier;
  let caller: TestToken;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: String(LEASE_MS) });
    cutOff = verifiers.all[1] as Verifier;
    caller = await aToken(verifiers.business, { role: 'admin' });
  });
  afterAll(() => verifiers.end());

  const ask = (token: TestToken) => verify(cutOff, verifiers.business, token, caller.secret);

  it.each([
    ['hangs', () => (cutOff.proxy.blackHole = true)],
    ['is cut, again and again', () => void (cutting = setInterval(() => cutOff.proxy.cut(), 5))],
  ])(
    'a database connection that %s',
    async (_, break_) => {
      const [kept, revoked] = [await aToken(verifiers.business), await aToken(verifiers.business)];
      await verifiers.remember(kept);
      await verifiers.remember(revoked);
      for (const token of [caller, kept, revoked]) expect(outcomeOf(await ask(token))).toBe('active');
      break_();
      expect(outcomeOf(await ask(kept))).toBe('active');
      await verifiers.business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
      // Cut off, it does not know; but nobody was told that it is revoked before its lease had ended.
      expect(outcomeOf(await ask(revoked))).not.toBe('active');
      const refusal = await waitFor('the refusal', async () => {
        const answer = await ask(kept);
        return answer.status === 503 && answer;
      });
      expect(refusal.headers['retry-after']).toMatch(/^\d+$/);
      expect(JSON.parse(refusal.text)).toMatchObject({ code: 'service.unavailable' });
      cutOff.proxy.blackHole = false;
      clearInterval(cutting);
      await waitFor('recovery', async () => {
        expect(outcomeOf(await ask(revoked))).not.toBe('active');
        return outcomeOf(await ask(kept)) === 'active';
      });
      expect(await verifiers.verdicts(revoked)).toEqual(['revoked', 'revoked']);
    },
    180_000,
  );
});
