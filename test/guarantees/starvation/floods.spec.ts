import { FLOODS, startFlood, type FloodingTenant } from '../../../bench/lib/flood.mjs';
import { neighbour, type Neighbour, type Seen } from '../../../bench/lib/neighbour.mjs';
import { mintSecret } from '../../../src/secrets/mint.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestToken } from '../../support/factories.js';
import { lengthenLog } from '../../support/long-log.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { platformSecret } from '../../support/test-run.js';

/**
 * What another tenant's calls may take at the median, in times of what they take alone. The median, since the load, the
 * database and whatever else the machine does share its cores: what a lane or a queue costs is in every call, what a
 * busy processor costs is in some. `npm run bench -- --only floods` measures the p99 where nothing else runs.
 */
const RATIO_MAX = 3;
/** Alone and flooded take turns, so that what else the machine does falls on both. */
const PAIRS = 3;
/** What starves a neighbour does so each time; what else the machine does comes and goes. */
const ATTEMPTS = 3;
const TURNS = 30;
const VERIFICATIONS_A_TURN = 5;
const LOG_EVENTS = 20_000;
const LIMIT_MS = 300_000;

/** The limits of an installation that sets none. */
const ITS_OWN_LIMITS = {
  RESCIND_BUSINESS_CALL_LIMIT: '',
  RESCIND_FAILED_AUTH_LIMIT: '',
  RESCIND_OPEN_ROUTE_LIMIT: '',
};

describe('R6: while one tenant floods the service', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let flooding: Pick<FloodingTenant, 'business' | 'secrets'>;
  let asked: TestToken;
  let other: Neighbour;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { ...ITS_OWN_LIMITS, RESCIND_LOG_LEVEL: '' },
    });
    await app.ready();
    const business = await aBusiness({ url: app.url });
    await lengthenLog(database, business.id, LOG_EVENTS);
    flooding = {
      business: business.id,
      secrets: {
        platform: platformSecret(),
        admin: (await aToken(business, { role: 'admin' })).secret,
        auditor: (await aToken(business, { member: await aMember(business, 'auditor') })).secret,
        wrong: Array.from({ length: 2000 }, () => mintSecret('dz').secret),
      },
    };
    const calm = await aBusiness({ url: app.url });
    const { secret } = await aToken(calm, { role: 'admin' });
    asked = await aToken(calm);
    other = neighbour(app.url, { business: calm.id, secret }, asked.secret);
    // A process that has only just been started compiles what it runs.
    await call();
  }, LIMIT_MS);
  afterAll(async () => {
    other.close();
    await app.stop();
    await database.drop();
  });

  /** Verifies and revokes as ever. Each call must be answered as ever, too. */
  async function call(): Promise<Seen> {
    const rows = await sql<{ id: string }>(
      database.superuserUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at)
       SELECT gen_random_uuid(), left(md5(random()::text), 22), business_id, owner_kind, member_id, name, token_prefix,
         sha256(random()::text::bytea), pepper_id, scopes, created_at
       FROM tokens, generate_series(1, $2) WHERE id = $1 RETURNING id`,
      [asked.id, TURNS],
    );
    const seen = await other.call(
      rows.map(({ id }) => id),
      VERIFICATIONS_A_TURN,
    );
    expect(seen.refused).toEqual({});
    return seen;
  }

  /** How many times as long another's calls take, at the median. */
  async function ratiosUnder(
    kind: string,
    connections: number,
  ): Promise<Record<'verifyMs' | 'revokeMs', number>> {
    const [alone, flooded]: [Seen[], Seen[]] = [[], []];
    for (let pair = 0; pair < PAIRS; pair++) {
      alone.push(await call());
      const flood = await startFlood({ url: app.url, kind, connections, ...flooding });
      try {
        flooded.push(await call());
      } finally {
        const answers = await flood.stop();
        expect(Object.values(answers).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
      }
    }
    const ratioOf = (which: 'verifyMs' | 'revokeMs'): number =>
      medianOf(flooded, which) / medianOf(alone, which);
    return { verifyMs: ratioOf('verifyMs'), revokeMs: ratioOf('revokeMs') };
  }

  it.each(FLOODS)(
    'by %s, no call of another is refused, and at the median it takes at most three times as long',
    async (kind, connections) => {
      let ratios = { verifyMs: NaN, revokeMs: NaN };
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        ratios = await ratiosUnder(kind, connections);
        if (Object.values(ratios).every((ratio) => ratio <= RATIO_MAX)) return;
      }
      expect(ratios).toEqual({ verifyMs: RATIO_MAX, revokeMs: RATIO_MAX });
    },
    LIMIT_MS,
  );
});

function medianOf(seen: readonly Seen[], which: 'verifyMs' | 'revokeMs'): number {
  const sorted = seen.flatMap((each) => each[which]).toSorted((left, right) => left - right);
  return sorted[sorted.length >> 1] as number;
}
