import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { VERIFY_LANE_SETTINGS } from '../../../src/database/lanes.js';
import { poolOf, queryPreparedOn } from '../../../src/database/prepared.js';
import { FIND_TOKENS } from '../../../src/verification/find-token.sql.js';
import { freshDatabase, serviceUrlOf, type TestDatabase } from '../../support/databases.js';

/** After so many calls PostgreSQL would decide for itself whether to go on planning each. */
const CALLS = 12;

describe('a look-up of the verify lane', () => {
  let database: TestDatabase;
  let lane: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    const url = serviceUrlOf(database.url);
    lane = await new DataSource(dataSourceOptions({ url, poolMax: 1, ...VERIFY_LANE_SETTINGS })).initialize();
  });
  afterAll(async () => {
    await lane.destroy();
    await database.drop();
  });

  it('is planned once a session, and by indexes alone', async () => {
    const session = poolOf(lane);
    for (let call = 0; call < CALLS; call++)
      await queryPreparedOn(session, FIND_TOKENS, [
        Array.from({ length: call + 1 }, (_, id) => `none${id}`),
        null,
      ]);
    const { rows } = await session.query(
      'SELECT generic_plans::int AS generic, custom_plans::int AS custom FROM pg_prepared_statements WHERE name = $1',
      [FIND_TOKENS.name],
    );
    expect(rows).toEqual([{ generic: CALLS, custom: 0 }]);
    const plan = await session.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN EXECUTE ${FIND_TOKENS.name}('{a,b}', NULL)`,
    );
    const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    for (const index of [
      'tokens_jti_key',
      'tokens_pkey',
      'integrity_faults_open_idx',
      'audit_token_ends_pkey',
      'audit_cut_offs_pkey',
    ])
      expect(text).toContain(index);
    expect(text).not.toContain('Seq Scan');
    // For an API token, what a session rests on is not looked for: one comparison.
    expect(text).toMatch(/One-Time Filter: \(\(t\.kind\)::text = 'session'::text\)/);
  });
});
