import pg from 'pg';
import { Api } from '../support/api.js';
import { aToken } from '../support/factories.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { holdsLease, outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from './verifiers.js';

const LEASE_MS = 1000;
/** What a revocation may take beyond the lease term of a silent verifier (R2). */
const MARGIN_MS = 450;
/**
 * Two cores shared with a database and other tests stall any single call for longer than that. A delay of the protocol
 * would be in every one of them, so R2 is asked of the best of a few, and of each what a stalled machine can do.
 */
const ATTEMPTS_MAX = 5;
const STALL_MS_MAX = 5000;

/** Repeats `attempt`, which tells how long it took, until one is within the bound, and demands that there is one. */
async function expectWithinLease(attempt: () => Promise<number>): Promise<void> {
  const tookMs: number[] = [];
  do {
    tookMs.push(await attempt());
    expect(tookMs.at(-1)).toBeLessThan(LEASE_MS + MARGIN_MS + STALL_MS_MAX);
  } while (tookMs.length < ATTEMPTS_MAX && Math.min(...tookMs) >= LEASE_MS + MARGIN_MS);
  expect(Math.min(...tookMs)).toBeLessThan(LEASE_MS + MARGIN_MS);
}

describe('R2: a revocation waits for the lease of a silent verifier, and no longer', () => {
  let verifiers: Verifiers;
  let frozen: Verifier;
  beforeAll(async () => {
    verifiers = await startVerifiers(3, { RESCIND_LEASE_MS: String(LEASE_MS) });
    frozen = verifiers.all[2] as Verifier;
  });
  afterAll(() => verifiers.end());

  const revoke = async (id: string) => {
    const startMs = performance.now();
    const { status, body } = await verifiers.business.api.post(`/api/v1/tokens/${id}/revoke`);
    expect(status).toBe(201);
    return { tookMs: performance.now() - startMs, receipt: body.receipt };
  };

  it(
    'a frozen verifier delays one revocation by its lease, the next not at all, and refuses when it thaws',
    () =>
      expectWithinLease(async () => {
        const tokens = [await aToken(verifiers.business), await aToken(verifiers.business)];
        for (const token of tokens) await verifiers.remember(token);
        frozen.freeze();
        const [first, second] = [
          await revoke(tokens[0]?.id as string),
          await revoke(tokens[1]?.id as string),
        ];
        expect(first.receipt).toMatchObject({ verifiers_registered: 3, verifiers_waited_out: 1 });
        expect(second.receipt).toMatchObject({ verifiers_registered: 2, verifiers_waited_out: 0 });
        // Asked while it is frozen, answered as the first thing that it does when it thaws.
        const asked = tokens.map((token) => verify(frozen, verifiers.business, token));
        await new Promise((resolve) => setImmediate(resolve));
        frozen.thaw();
        for (const answer of asked) expect(outcomeOf(await answer)).toBe('revoked');
        return Math.max(first.tookMs, second.tookMs + MARGIN_MS);
      }),
    180_000,
  );

  it(
    'a database session of the revoking process that hangs delays it by no more',
    () =>
      expectWithinLease(async () => {
        const token = await aToken(verifiers.business);
        await verifiers.remember(token);
        const { proxy } = verifiers.all[0] as Verifier;
        proxy.delays.set('rescind-verifier', { requestMs: 20_000, answerMs: 20_000 });
        const { tookMs } = await revoke(token.id);
        expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
        proxy.delays.clear();
        proxy.cut('rescind-verifier');
        await waitFor('a new session', () => holdsLease(verifiers.all[0] as Verifier));
        return tookMs;
      }),
    180_000,
  );

  it('every receipt says that a frozen verifier was waited out, whichever revocation took its registration', async () => {
    const { all, business } = verifiers;
    const tokens = [await aToken(business), await aToken(business)];
    for (const token of tokens) await verifiers.remember(token);
    frozen.freeze();
    const answers = await Promise.all(
      tokens.map(({ id }, index) =>
        new Api((all[index] as Verifier).url, platformSecret(), business.id).post(
          `/api/v1/tokens/${id}/revoke`,
        ),
      ),
    );
    frozen.thaw();
    for (const { body } of answers)
      expect(body.receipt).toMatchObject({
        verifiers_registered: 3,
        verifiers_acknowledged: 2,
        verifiers_waited_out: 1,
      });
  });

  it('a row that an operator has locked is refused with 503, not waited for without end', async () => {
    const token = await aToken(verifiers.business);
    const operator = new pg.Client({ connectionString: verifiers.database.superuserUrl });
    await operator.connect();
    try {
      await operator.query('BEGIN');
      await operator.query('SELECT FROM tokens WHERE id = $1 FOR UPDATE', [token.id]);
      const { status, headers } = await verifiers.business.api.post(`/api/v1/tokens/${token.id}/revoke`);
      expect(status).toBe(503);
      expect(headers['retry-after']).toBeDefined();
    } finally {
      await operator.end();
    }
    await revoke(token.id);
  });

  it('an orderly shutdown deregisters, so that a deployment costs no waiting', async () => {
    const leaving = await verifiers.add();
    const token = await aToken(verifiers.business);
    await verifiers.remember(token);
    const before = await verifiers.registered();
    await leaving.stop();
    verifiers.all.pop()?.proxy.close();
    expect(await verifiers.registered()).toBe(before - 1);
    const { receipt } = await revoke(token.id);
    expect(receipt.verifiers_waited_out).toBe(0);
  });

  it(
    'the registration of a killed verifier is taken by the first revocation that waits for it',
    () =>
      expectWithinLease(async () => {
        const doomed = await verifiers.add();
        const token = await aToken(verifiers.business);
        await verifiers.remember(token);
        await doomed.kill();
        verifiers.all.pop()?.proxy.close();
        const { tookMs, receipt } = await revoke(token.id);
        expect(receipt.verifiers_waited_out).toBe(1);
        expect(await verifiers.registered()).toBe(3);
        return tookMs;
      }),
    180_000,
  );
});
