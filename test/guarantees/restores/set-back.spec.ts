import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import type { RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { DatabaseProxy } from '../torture/database-proxy.mjs';
import type { PostgresCluster } from '../torture/postgres-cluster.mjs';
import { holdsLease, outcomeOf, verify } from '../verifiers.js';
import { House, saysSetBack } from './house.js';

/** Of whoever revokes. */
const LEASE_MS = 2000;
/** It outlives the restore. */
const LONG_LEASE_MS = 8000;

let house: House;
let revoker: RescindProcess;
let business: TestBusiness;
let token: TestToken;
beforeEach(async () => {
  house = await House.build();
});
afterEach(() => house.end());

const backup = (): string => join(house.directory, 'backup');

/** The one has heard of the lease of the other. */
async function aRoundOfBoth(): Promise<void> {
  const rounds = () =>
    house.cluster.sql<{ id: string; at: string }>('SELECT id, renewed_at::text AS at FROM verifiers');
  const before = await rounds();
  const isNew = ({ id, at }: { id: string; at: string }): boolean =>
    before.some((each) => each.id === id && each.at !== at);
  await waitFor('a round of each', async () => (await rounds()).filter(isNew).length === 2);
}

async function someoneRevokes(): Promise<void> {
  revoker = await house.start(LEASE_MS);
  business = await aBusiness({ url: revoker.url });
  token = await aToken(business);
}

interface Way {
  /** Makes the earlier state that the database is set back to. */
  keep: () => Promise<void>;
  setBack: () => Promise<void>;
  /** Whether PostgreSQL says of itself that it goes on as before. */
  isSameRun: boolean;
}

const WAYS: Record<string, Way> = {
  'with its server, as a machine of which disk and memory are reverted': {
    keep: async () => {
      await house.cluster.stop();
      house.cluster.copyTo(backup());
      await house.cluster.start();
    },
    setBack: () => house.cluster.setBackTo(backup()),
    isSameRun: true,
  },
  'on its disk alone, which its server then recovers from': {
    keep: () => house.cluster.copyRunningTo(backup()),
    setBack: () => house.cluster.setBackTo(backup()),
    isSameRun: false,
  },
  'on its disk alone, where its server goes on and counts on': {
    keep: async () => void (await house.cluster.sql('CREATE TABLE kept AS SELECT * FROM verifiers')),
    setBack: async () =>
      void (await house.cluster.sql(`
        DELETE FROM verifiers WHERE id NOT IN (SELECT id FROM kept);
        UPDATE verifiers v SET round = k.round, applied = k.applied FROM kept k WHERE k.id = v.id`)),
    isSameRun: true,
  },
};

it.each(Object.entries(WAYS))(
  'R1: a database that was set back %s, without a restart, is not believed to show who holds a lease',
  async (_, { keep, setBack, isSameRun }) => {
    await someoneRevokes();
    await keep();
    // Registered after that, with the token in its memory: frozen, it cannot see that time was set back.
    const unknown = await house.start(LONG_LEASE_MS);
    expect(outcomeOf(await verify(unknown, business, token))).toBe('active');
    await aRoundOfBoth();
    expect(saysSetBack(revoker)).toBe(0);
    const before = await house.run();
    unknown.freeze();
    await setBack();
    const after = await house.run();
    expect(after.start).toBe(before.start);
    expect(after.mark === before.mark).toBe(isSameRun);
    await waitFor(
      'the revocation',
      async () => (await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201,
      6 * LONG_LEASE_MS,
    );
    const asked = verify(unknown, business, token);
    unknown.thaw();
    // Its sessions are dead, so it may say that it cannot tell.
    expect(['revoked', '503']).toContain(outcomeOf(await asked));
    expect(saysSetBack(revoker)).toBe(1);
  },
);

describe('a server that is followed to a later timeline', () => {
  let proxy: DatabaseProxy;
  let promoted: PostgresCluster;
  beforeEach(async () => {
    proxy = await DatabaseProxy.open(house.cluster.port);
  });
  afterEach(async () => {
    proxy.close();
    await promoted.stop('SIGQUIT');
  });

  it('is no restore; one that leads back to the earlier one is, whatever it counts', async () => {
    const url = new URL(house.cluster.url);
    url.port = String(proxy.port);
    const rescind = await house.start(LEASE_MS, url.href);
    await house.cluster.stop();
    promoted = await house.cluster.copyAs(join(house.directory, 'promoted'));
    writeFileSync(join(house.directory, 'promoted', 'standby.signal'), '');
    await promoted.start();
    await promoted.sql('SELECT pg_promote()');
    const moveTo = async (cluster: PostgresCluster): Promise<void> => {
      proxy.targetPort = cluster.port;
      proxy.cut();
      await waitFor('a registration there', async () => {
        const [row] = await cluster.sql<{ is_there: boolean }>(
          'SELECT EXISTS (SELECT FROM verifiers WHERE renewed_at IS NOT NULL AND id NOT IN (SELECT id FROM kept)) AS is_there',
        );
        return row?.is_there === true && holdsLease(rescind);
      });
    };
    const keep = 'CREATE TABLE kept AS SELECT id FROM verifiers';
    await promoted.sql(keep);
    await moveTo(promoted);
    expect(saysSetBack(rescind)).toBe(0);
    await house.cluster.start();
    await house.cluster.sql(keep);
    // The old server has gone on by itself, and further.
    await house.cluster.sql(
      `DO $$ BEGIN FOR i IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`,
    );
    await moveTo(house.cluster);
    expect(saysSetBack(rescind)).toBe(1);
  });
});
