import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { VERIFY_LANE_SETTINGS } from '../../../src/database/lanes.js';
import { poolOf, queryPreparedOn } from '../../../src/database/prepared.js';
import { FIND_TOKENS } from '../../../src/verification/find-token.sql.js';
import { freshDatabase, serviceUrlOf, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

interface Node {
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: Node[];
}

/** What a plan read: each search of an index, how often, and how many rows it gave. */
function searchesOf(node: Node): string[] {
  const { 'Index Name': index, 'Actual Rows': rows, 'Actual Loops': loops, Plans: parts = [] } = node;
  const own = index === undefined ? [] : [`${index}: ${rows} rows, ${loops} times`];
  return [...own, ...parts.flatMap((part) => searchesOf(part))];
}

describe('R6: a look-up of a public id that no token has', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let lane: DataSource;
  let token: TestToken;
  let good: TestToken;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    const business = await aBusiness({ url: rescind.url });
    const member = await aMember(business);
    token = await aToken(business, { member, scopes: ['orders:read'] });
    good = await aToken(business, { member, scopes: ['orders:read'] });
    const url = serviceUrlOf(database.url);
    lane = await new DataSource(dataSourceOptions({ url, poolMax: 1, ...VERIFY_LANE_SETTINGS })).initialize();
  });
  afterAll(async () => {
    await lane.destroy();
    await rescind.stop();
    await database.drop();
  });

  it('reads what a look-up of a token reads, but for the one that is not there', async () => {
    const session = poolOf(lane);
    const searchesFor = async (publicId: string): Promise<string[]> => {
      await queryPreparedOn(session, FIND_TOKENS, [[publicId], good.id]);
      const { rows } = await session.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE ${FIND_TOKENS.name}('{${publicId}}', '${good.id}')`,
      );
      return rows.flatMap((row) => searchesOf(row['QUERY PLAN'][0].Plan));
    };
    const known = await searchesFor(token.jti);
    const unknown = await searchesFor('0123456789012345678901');
    const differing = known.filter((search, at) => search !== unknown[at]);
    expect(unknown).toHaveLength(known.length);
    expect(differing).toEqual([expect.stringMatching(/^tokens_jti_key: 1 rows, 1 times$/)]);
  });
});
