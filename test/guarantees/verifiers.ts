import { freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { exchange, type Answer } from '../support/exchange.js';
import { aBusiness, type TestBusiness, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { DatabaseProxy } from './torture/database-proxy.mjs';

export interface Verifier extends RescindProcess {
  /** Between it and the database. */
  proxy: DatabaseProxy;
}

/** Rescind processes of their own on one database of their own, each behind a proxy. */
export interface Verifiers {
  database: TestDatabase;
  all: Verifier[];
  business: TestBusiness;
  /** Starts one more. */
  add(env?: Record<string, string>): Promise<Verifier>;
  /** Everyone's verdict on the token, asked at once. */
  verdicts(token: TestToken): Promise<string[]>;
  /** Puts the token into everyone's memory, on a lease that holds. */
  remember(token: TestToken): Promise<void>;
  registered(): Promise<number>;
  end(): Promise<void>;
}

export async function startVerifiers(count: number, env: Record<string, string> = {}): Promise<Verifiers> {
  const database = await freshDatabase();
  const all: Verifier[] = [];
  const add = async (more: Record<string, string> = {}): Promise<Verifier> => {
    const proxy = await DatabaseProxy.open(Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const started = await startRescind({ databaseUrl: url.href, env: { ...env, ...more } });
    const verifier = { ...started, proxy };
    all.push(verifier);
    await waitFor('a lease', () => holdsLease(verifier));
    return verifier;
  };
  for (let index = 0; index < count; index++) await add();
  const business = await aBusiness({ url: (all[0] as Verifier).url });
  const verdicts = (token: TestToken): Promise<string[]> =>
    Promise.all(all.map(async (verifier) => outcomeOf(await verify(verifier, business, token))));
  return {
    database,
    all,
    business,
    add,
    verdicts,
    remember: async (token) => {
      await waitFor('a lease on every verifier', async () =>
        (await Promise.all(all.map(holdsLease))).every(Boolean),
      );
      await waitFor('active everywhere', async () =>
        (await verdicts(token)).every((outcome) => outcome === 'active'),
      );
    },
    registered: async () => {
      const [row] = await sql<{ count: number }>(
        database.url,
        'SELECT count(*)::int AS count FROM verifiers',
      );
      return row?.count ?? 0;
    },
    end: async () => {
      await Promise.all(all.map((verifier) => verifier.kill()));
      for (const { proxy } of all) proxy.close();
      await database.drop();
    },
  };
}

export async function holdsLease({ url }: { url: string }): Promise<boolean> {
  const { text } = await exchange(url, { method: 'GET', path: '/health/ready' });
  return (JSON.parse(text) as { lease: { status: string } }).lease.status === 'up';
}

/**
 * @param secret of the caller. The platform's is good for any business, suspended or not, and asks the database
 * whether the business exists; one of the business itself is judged from memory as well.
 */
export function verify(
  { url }: { url: string },
  business: TestBusiness,
  token: TestToken,
  secret = platformSecret(),
): Promise<Answer> {
  return exchange(url, {
    method: 'POST',
    path: '/api/v1/tokens/verify',
    headers: [
      ['authorization', `Bearer ${secret}`],
      ['x-business-id', business.id],
      ['content-type', 'application/json'],
    ],
    body: JSON.stringify({ token: token.secret }),
  });
}

/** `active`, the reason why not, or the status of an answer that is no verdict. */
export function outcomeOf({ status, text }: Answer): string {
  if (status !== 200) return String(status);
  const verdict = JSON.parse(text) as { active: boolean; reason?: string };
  return verdict.active ? 'active' : (verdict.reason ?? '');
}
