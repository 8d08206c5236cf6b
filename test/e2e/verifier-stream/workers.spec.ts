import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { Child } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

interface Listing {
  items: { id: string; verifier_id: string | null }[];
  processes: number;
  processes_listed: number;
  registered: number | null;
}

describe('client verifiers of a server with several workers', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  const children: Child[] = [];
  beforeAll(async () => {
    database = await freshDatabase();
    // A long lease, so that no stall of a busy machine costs a client verifier its connection.
    app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_WORKERS: '2', RESCIND_LEASE_MS: '5000' },
    });
  }, 60_000);
  afterAll(async () => {
    for (const child of children) await child.leave();
    await app.stop();
    await database.drop();
  });

  /** Over a connection of its own each time, so that one worker or the other answers. */
  const list = async (): Promise<Listing> => {
    const answer = await fetch(`${app.url}/api/v1/admin/verifiers`, {
      headers: { authorization: `Bearer ${platformSecret()}`, connection: 'close' },
    });
    return (await answer.json()) as Listing;
  };
  const serversOf = ({ items }: Listing): Set<string | null> =>
    new Set(items.map(({ verifier_id: id }) => id));

  it('are all listed and counted, whichever worker answers', async () => {
    const listing = await waitFor('client verifiers of both', async () => {
      // Connections go to the workers in turn: not every other one may be a client verifier's.
      for (let times = 0; times < 2; times++) children.push(await Child.join(app.url));
      const seen = await list();
      return serversOf(seen).size === 2 && seen;
    });
    const ids = children.map(({ id }) => id).sort();
    expect(listing.items.map(({ id }) => id).sort()).toEqual(ids);
    for (let times = 0; times < 4; times++) {
      // On a busy machine one may answer the other too late.
      const seen = await waitFor('an answer of both', async () => {
        const answer = await list();
        return answer.processes_listed === 2 && answer;
      });
      expect(seen.items.map(({ id }) => id).sort()).toEqual(ids);
      expect(seen.processes).toBe(2);
    }
    const { text } = await exchange(app.url, { method: 'GET', path: '/metrics' });
    const counts = [...text.matchAll(/^rescind_client_verifiers\{worker="\d+"\} (\d+)$/gm)].map(([, count]) =>
      Number(count),
    );
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(ids.length);
  });

  it('are counted by the registry, and by receipts', async () => {
    await waitFor('each process to have said how many it has', async () => {
      const { registered } = await list();
      return registered === children.length;
    });
    const business = await aBusiness({ url: app.url });
    const token = await aToken(business);
    const { body } = await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    expect(body.receipt).toMatchObject({ verifiers_registered: 2, client_verifiers: children.length });
    const signed = await waitFor('the signed receipt', async () => {
      const { status, body: text } = await business.api.get(`/api/v1/tokens/${token.id}/receipt`);
      return status === 200 && (text as string);
    });
    const claims = JSON.parse(Buffer.from(signed.split('.')[1] as string, 'base64url').toString()) as {
      barrier: object;
    };
    expect(claims.barrier).toMatchObject({ client_verifiers: children.length });
  });

  it('those of a worker that is frozen are missing, and the list says so', async () => {
    const [row] = await sql<{ description: string }>(database.url, 'SELECT description FROM verifiers');
    const frozen = Number(row?.description.split(':').at(-1));
    process.kill(frozen, 'SIGSTOP');
    try {
      const seen = await waitFor(
        'an answer of the other',
        async () => {
          const abandoned = AbortSignal.timeout(10_000);
          const answer = await fetch(`${app.url}/api/v1/admin/verifiers`, {
            signal: abandoned,
            headers: { authorization: `Bearer ${platformSecret()}`, connection: 'close' },
          }).catch(() => null);
          return answer?.status === 200 && ((await answer.json()) as Listing);
        },
        90_000,
      );
      expect([seen.processes, seen.processes_listed]).toEqual([2, 1]);
      expect(serversOf(seen).size).toBe(1);
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
  }, 120_000);
});
