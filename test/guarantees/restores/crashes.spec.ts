import pg from 'pg';
import { Api } from '../../support/api.js';
import { aBusiness, anIdentity } from '../../support/factories.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { holdsLease } from '../verifiers.js';
import { House, saysSetBack } from './house.js';

/** `npm run test:nightly -- crashes` does it a hundred times. */
const CRASHES = Number(process.env.CRASHES ?? 8);
const LIMIT_MS = 120_000 + CRASHES * 20_000;
const LEASE_MS = 1000;
const PROCESSES = 2;
const USERS = 3;
/** Fewer than PostgreSQL writes to its log of one transaction before it ends. */
const SUBTRANSACTIONS = 60;

let house: House;
beforeAll(async () => {
  // What nobody waits for stays in memory, and is lost.
  house = await House.build({ wal_writer_delay: '10s' });
  for (let index = 0; index < PROCESSES; index++) await house.start(LEASE_MS);
});
afterAll(() => house.end());

/** Callers who issue and revoke, until they are told to end. */
class Load {
  private readonly calls = new Set<Promise<void>>();
  private running = false;
  revoked = 0;

  constructor(private readonly users: { api: Api; identityId: string }[]) {}

  /** Starts it, unless it goes on. */
  start(): void {
    if (this.running) return;
    this.running = true;
    for (const user of this.users) this.calls.add(this.use(user));
  }

  async end(): Promise<void> {
    this.running = false;
    await Promise.all(this.calls);
    this.calls.clear();
  }

  private async use({ api, identityId }: { api: Api; identityId: string }): Promise<void> {
    const body = { name: 'used', identity_id: identityId, scopes: [] };
    while (this.running) {
      const issued = await api.post<{ token_info: { id: string } }>('/api/v1/tokens', body);
      if (issued.status !== 201) continue;
      const { status } = await api.post(`/api/v1/tokens/${issued.body.token_info.id}/revoke`);
      if (status === 201) this.revoked++;
    }
  }
}

interface Seen {
  /** The round of each verifier by its id. */
  rounds: Map<string, bigint>;
  /** Where the last confirmed snapshots of those that hold a lease end, the earliest of them. */
  confirmed: bigint;
  /** The end of the present snapshot. */
  end: bigint;
}

async function look(client: pg.Client): Promise<Seen> {
  const { rows } = await client.query<{
    rounds: Record<string, number>;
    confirmed: string | null;
    xmax: string;
  }>(
    `SELECT json_object_agg(id, round) AS rounds, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,
       (min(pg_snapshot_xmax(applied)) FILTER (WHERE renewed_at > clock_timestamp() - interval '${LEASE_MS} ms'))::text AS confirmed
     FROM verifiers`,
  );
  const [{ rounds, confirmed, xmax }] = rows as [(typeof rows)[0]];
  return {
    rounds: new Map(Object.entries(rounds).map(([id, round]) => [id, BigInt(round)])),
    confirmed: BigInt(confirmed ?? 0),
    end: BigInt(xmax),
  };
}

async function session(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: house.cluster.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Has the verifiers confirm, without the disk, a snapshot that ends behind ids of which the disk knows nothing. */
async function confirmedInMemory(observer: pg.Client): Promise<pg.Client[]> {
  const [holder, notifier] = [await session(), await session()];
  await holder.query('CREATE TEMPORARY TABLE scratch (n int)');
  await holder.query('BEGIN');
  await holder.query(`DO $$ BEGIN FOR i IN 1..${SUBTRANSACTIONS} LOOP
    BEGIN INSERT INTO scratch VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$`);
  await notifier.query(`SET synchronous_commit = off; SELECT pg_notify('rescind_feed', 'test')`);
  const { end } = await look(observer);
  await waitFor('the verifiers to confirm it', async () => (await look(observer)).confirmed >= end);
  return [holder, notifier];
}

it(
  `of ${CRASHES} crashes of PostgreSQL and of its backends under load none is taken for a restore`,
  async () => {
    const { cluster, processes } = house;
    const business = await aBusiness({ url: processes[0]!.url });
    const { id: identityId } = await anIdentity(business);
    const load = new Load(
      processes.flatMap(({ url }) =>
        Array.from({ length: USERS }, () => ({
          api: new Api(url, platformSecret(), business.id),
          identityId,
        })),
      ),
    );
    const lost = { rounds: 0, ids: 0 };
    // Whether a crash loses a round is up to the disk: four times as many of these few are as good as certain to meet one.
    const showsNothing = (crash: number): boolean =>
      Math.min(lost.rounds, lost.ids) === 0 && crash < 4 * CRASHES;
    for (let crash = 0; crash < CRASHES || showsNothing(crash); crash++) {
      const before = load.revoked;
      load.start();
      await waitFor('a revocation, on leases', async () => {
        return load.revoked > before && (await Promise.all(processes.map(holdsLease))).every(Boolean);
      });
      const observer = await session();
      // Under load the disk follows at once; in the moment after it, it does not.
      const isQuiet = crash % 4 >= 2;
      if (isQuiet) await load.end();
      const others = isQuiet ? await confirmedInMemory(observer) : [];
      const seen = await look(observer);
      if (crash % 2 === 0) await cluster.crash();
      else await cluster.crashBackend();
      await cluster.start();
      const after = await session();
      const found = await look(after);
      if ([...seen.rounds].some(([id, round]) => (found.rounds.get(id) ?? round) < round)) lost.rounds++;
      if (found.end < seen.end) lost.ids++;
      for (const each of [observer, after, ...others]) await each.end().catch(() => undefined);
    }
    await load.end();
    expect(lost.rounds).toBeGreaterThan(0);
    expect(lost.ids).toBeGreaterThan(0);
    expect(processes.map(saysSetBack)).toEqual(processes.map(() => 0));
  },
  LIMIT_MS,
);
