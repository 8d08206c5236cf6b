import pg from 'pg';
import { Api } from '../support/api.js';
import { sql } from '../support/databases.js';
import { aMember, aToken, type TestToken } from '../support/factories.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { holdsLease, startVerifiers, type Verifier, type Verifiers } from './verifiers.js';

const LEASE_MS = 1000;
/** Beyond the lease: the margin of R2, and what two cores under tests stall any single call by. */
const MARGIN_MS = 450;
const STALL_MS_MAX = 5000;
const ATTEMPTS_MAX = 5;

describe('R2: a process that is frozen in the middle of a change', () => {
  let verifiers: Verifiers;
  let frozen: Verifier;
  let api: Api;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: String(LEASE_MS) });
    frozen = verifiers.all[1] as Verifier;
    api = new Api(frozen.url, platformSecret(), verifiers.business.id);
  });
  afterAll(() => verifiers.end());

  const sessionsIn = async (state: string): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      verifiers.database.superuserUrl,
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'rescind' AND (state = $1 OR wait_event_type = $1)`,
      [state],
    );
    return row?.count ?? 0;
  };

  /**
   * Freezes the process when it has locked the log and changed a row, and has not committed yet: the row is held for
   * so long that it can be told when it waits for it.
   */
  async function freezeWhileRenaming(token: TestToken): Promise<{ renaming: Promise<{ status: number }> }> {
    const holder = new pg.Client({ connectionString: verifiers.database.superuserUrl });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM tokens WHERE id = $1 FOR UPDATE', [token.id]);
    const renaming = api.patch(`/api/v1/tokens/${token.id}`, { name: 'too late' });
    await waitFor('the change to wait for the row', async () => (await sessionsIn('Lock')) === 1);
    frozen.freeze();
    await holder.query('ROLLBACK');
    await holder.end();
    await waitFor('the transaction to idle', async () => (await sessionsIn('idle in transaction')) === 1);
    return { renaming };
  }

  async function timed(call: () => Promise<{ status: number }>, expected: number): Promise<number> {
    const startMs = performance.now();
    const { status } = await call();
    expect(status).toBe(expected);
    return performance.now() - startMs;
  }

  async function attempt(): Promise<number> {
    await waitFor('a lease', () => holdsLease(frozen));
    const member = await aMember(verifiers.business);
    const [renamed, revoked] = [await aToken(verifiers.business), await aToken(verifiers.business)];
    const { renaming } = await freezeWhileRenaming(renamed);
    const { api: other } = verifiers.business;
    const tookMs = await Promise.all([
      timed(() => other.post(`/api/v1/tokens/${revoked.id}/revoke`), 201),
      timed(() => other.delete(`/api/v1/members/${member.id}`), 200),
    ]);
    frozen.thaw();
    expect((await renaming).status).toBe(503);
    const [row] = await sql<{ name: string }>(
      verifiers.database.superuserUrl,
      'SELECT name FROM tokens WHERE id = $1',
      [renamed.id],
    );
    expect(row?.name).toBe('a token');
    return Math.max(...tookMs);
  }

  it('holds up the revocations of its business by a lease, never refuses them, and its change is not made', async () => {
    const tookMs: number[] = [];
    do {
      tookMs.push(await attempt());
      expect(tookMs.at(-1)).toBeLessThan(LEASE_MS + MARGIN_MS + STALL_MS_MAX);
    } while (tookMs.length < ATTEMPTS_MAX && Math.min(...tookMs) >= LEASE_MS + MARGIN_MS);
    expect(Math.min(...tookMs)).toBeLessThan(LEASE_MS + MARGIN_MS);
  });
});
