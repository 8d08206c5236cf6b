import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from '../support/databases.js';
import { aToken } from '../support/factories.js';
import { runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { holdsLease, outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from './verifiers.js';

const LEASE_MS = 2000;
/** Longer than a revocation waits for it, shorter than a round waits for its answer: timers of Node.js do not sleep here. */
const SLEEP_MS = 1.75 * LEASE_MS;
const ANSWER_LATE_MS = 0.24 * LEASE_MS;
const AFTER_WAKING_MS = 500;
const WHOLE_ATTEMPTS = 4;
const ATTEMPTS_MAX = 12;
const PRELOAD = new URL('torture/preload.mjs', `file://${import.meta.dirname}/`).href;

/**
 * The sleep is that of one process: its event loop stands still, and its monotonic clock with it, while its wall clock
 * and what others send go on.
 */
describe('a machine that sleeps, its monotonic clock standing still,', () => {
  let verifiers: Verifiers;
  let sleeper: Verifier;
  const orders = (): string => join(runDirectory(), 'orders-sleeper.json');
  beforeAll(async () => {
    verifiers = await startVerifiers(1, { RESCIND_LEASE_MS: String(LEASE_MS) });
    sleeper = await verifiers.add({ NODE_OPTIONS: `--import=${PRELOAD}`, TORTURE_ORDERS: orders() });
  });
  afterAll(() => verifiers.end());

  const roundOf = async ({ pid }: Verifier): Promise<number> => {
    const [row] = await sql<{ round: string }>(
      verifiers.database.url,
      `SELECT round FROM verifiers WHERE description LIKE '%:' || $1::text`,
      [pid],
    );
    return Number(row?.round);
  };

  it('R1: does not wake with a lease from before, though the answer to its round is read after', async () => {
    let whole = 0;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && whole < WHOLE_ATTEMPTS; attempt++) {
      await waitFor('a lease', () => holdsLease(sleeper));
      const token = await aToken(verifiers.business);
      await verifiers.remember(token);
      sleeper.proxy.delays.set('rescind-verifier', { requestMs: 0, answerMs: ANSWER_LATE_MS });
      const round = await roundOf(sleeper);
      await waitFor('a round whose answer is on its way', async () => (await roundOf(sleeper)) > round);
      writeFileSync(orders(), JSON.stringify({ sleepMs: SLEEP_MS }));
      process.kill(sleeper.pid, 'SIGUSR2');
      const sleptFromMs = performance.now();
      const { status, body } = await verifiers.business.api.post(`/api/v1/tokens/${token.id}/revoke`);
      expect(status).toBe(201);
      expect(body.receipt.verifiers_waited_out).toBe(1);
      const asked: Promise<string>[] = [];
      const ask = (): void =>
        void asked.push(verify(sleeper, verifiers.business, token).then((answer) => outcomeOf(answer)));
      for (let index = 0; index < 10; index++) ask();
      // Not so where this process stood still: it may be asked too late then.
      if (performance.now() - sleptFromMs < SLEEP_MS) whole++;
      await asked[0];
      const fromMs = performance.now();
      do {
        ask();
      } while ((await asked.at(-1)) === '503' || performance.now() - fromMs < AFTER_WAKING_MS);
      const outcomes = new Set(await Promise.all(asked));
      outcomes.delete('503');
      expect([...outcomes]).toEqual(['revoked']);
      sleeper.proxy.delays.clear();
    }
    expect(whole).toBe(WHOLE_ATTEMPTS);
  });
});
