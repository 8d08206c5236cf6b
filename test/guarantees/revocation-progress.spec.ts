import pg from 'pg';
import { aToken } from '../support/factories.js';
import { postForLines, type Line, type Lines, type Waiting } from '../support/lines.js';
import { waitFor } from '../support/wait-for.js';
import { holdsLease, startVerifiers, type Verifier, type Verifiers } from './verifiers.js';

const LEASE_MS = 1000;
const MARGIN_MS = 450;
const ATTEMPTS_MAX = 5;

describe('R1 and R2, for whoever watches a revocation take effect', () => {
  let verifiers: Verifiers;
  let frozen: Verifier;
  beforeAll(async () => {
    verifiers = await startVerifiers(3, { RESCIND_LEASE_MS: String(LEASE_MS) });
    frozen = verifiers.all[2] as Verifier;
  });
  afterAll(() => verifiers.end());

  const watch = (id: string): Promise<Lines> =>
    postForLines((verifiers.all[0] as Verifier).url, verifiers.business, `/api/v1/tokens/${id}/revoke`);
  const isWaiting = (line: Line | null): line is Waiting => line?.state === 'waiting';
  const counts = ({ registered, confirmed, waited_out }: Waiting) => [registered, confirmed, waited_out];

  it('a frozen verifier is shown as waiting as long as it may accept the token, and then as waited out', async () => {
    // The others have confirmed long before the lease of the frozen one is over, if the machine does not stand still.
    let aheadMs = 0;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && aheadMs <= LEASE_MS / 4; attempt++) {
      const token = await aToken(verifiers.business);
      await verifiers.remember(token);
      frozen.freeze();
      const lines = await watch(token.id);
      expect(await lines.next()).toMatchObject({ state: 'committed', id: token.id });
      const shown: Waiting[] = [];
      let end: Line | null;
      let deadlineMs = Infinity;
      for (end = await lines.next(); isWaiting(end); end = await lines.next()) {
        shown.push(end);
        if (end.confirmed === 2 && end.waited_out === 0) deadlineMs = performance.now();
      }
      aheadMs = performance.now() - deadlineMs;
      expect(counts(shown.at(-1) as Waiting)).toEqual([3, 2, 1]);
      const { receipt } = (end as Extract<Line, { state: 'done' }>).answer;
      expect(receipt).toMatchObject({
        verifiers_registered: 3,
        verifiers_acknowledged: 2,
        verifiers_waited_out: 1,
      });
      if (aheadMs > LEASE_MS / 4) {
        const [waiting, last] = [shown.at(-2) as Waiting, shown.at(-1) as Waiting];
        expect(counts(waiting)).toEqual([3, 2, 0]);
        const silent = waiting.verifiers.find(({ state }) => state === 'waiting');
        expect(last.verifiers.find(({ id }) => id === silent?.id)?.state).toBe('waited_out');
      }
      const asked = verifiers.verdicts(token);
      frozen.thaw();
      expect(await asked).toEqual(['revoked', 'revoked', 'revoked']);
      await waitFor('the lease of the thawed one', () => holdsLease(frozen));
    }
    expect(aheadMs).toBeGreaterThan(LEASE_MS / 4);
  });

  it('a reader that leaves, or never reads, holds up neither its revocation nor those of others', async () => {
    const tookMs: number[] = [];
    do {
      const tokens = await Promise.all([1, 2, 3].map(() => aToken(verifiers.business)));
      for (const token of tokens) await verifiers.remember(token);
      frozen.freeze();
      const readers = await Promise.all(tokens.slice(0, 2).map(({ id }) => watch(id)));
      readers[0]?.leave();
      const startMs = performance.now();
      const { status } = await verifiers.business.api.post(`/api/v1/tokens/${tokens[2]?.id}/revoke`);
      tookMs.push(performance.now() - startMs);
      expect(status).toBe(201);
      const asked = tokens.map((token) => verifiers.verdicts(token));
      frozen.thaw();
      for (const verdicts of await Promise.all(asked))
        expect(verdicts).toEqual(['revoked', 'revoked', 'revoked']);
      expect((await readers[1]?.rest())?.at(-1)).toMatchObject({ state: 'done' });
      await waitFor('the lease of the thawed one', () => holdsLease(frozen));
    } while (tookMs.length < ATTEMPTS_MAX && Math.min(...tookMs) >= LEASE_MS + MARGIN_MS);
    expect(Math.min(...tookMs)).toBeLessThan(LEASE_MS + MARGIN_MS);
  });

  it('a verifier that hangs is registered, and is not among those that have renewed their lease', async () => {
    const shows = (renewed: number) => async () => {
      const { body } = await verifiers.business.api.get('/api/v1/overview');
      return body.verifiers.registered === 3 && body.verifiers.renewed === renewed;
    };
    await waitFor('all to have renewed', shows(3));
    frozen.freeze();
    await waitFor('one not to have renewed', shows(2));
    frozen.thaw();
    await waitFor('the lease of the thawed one', () => holdsLease(frozen));
  });

  it('where a verifier can neither confirm nor be waited out, the last line says what everybody is answered: 503', async () => {
    const token = await aToken(verifiers.business);
    await verifiers.remember(token);
    const holder = new pg.Client({ connectionString: verifiers.database.superuserUrl });
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM verifiers FOR UPDATE');
      const lines = await watch(token.id);
      expect(await lines.next()).toMatchObject({ state: 'committed' });
      const rest = await lines.rest();
      expect(rest.at(-1)).toMatchObject({
        state: 'failed',
        status: 503,
        retry_after_seconds: 1,
        error: { code: 'revocation.unconfirmed' },
      });
      expect(rest.map(({ state }) => state)).not.toContain('done');
    } finally {
      await holder.end();
    }
    // Repeated, it is told of the same revocation, to its end.
    await waitFor('the repeated call', async () => {
      const lines = await (await watch(token.id)).rest();
      return lines.at(-1)?.state === 'done';
    });
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
  });
});
