import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rescind } from '../../cli/rescind-command.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, type TestBusiness } from '../../support/factories.js';
import { lengthenLog } from '../../support/long-log.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { runDirectory } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

/** Reading and sorting so many is cheaper than a walk along an index, as far as a planner without statistics knows. */
const TOKENS = 8000;
const EVENTS = 8000;
/** A step takes at most 1000 tokens, each with some events. */
const ROWS_MAX = 3000;
/** What finding a row takes, and what a statement reads besides. More: much of an index was passed over for few rows. */
const BLOCKS_A_ROW_MAX = 8;
const BLOCKS_MAX = 100;

/** Each with what tells its statement from others. */
const WALKS = [
  /SELECT id, revoked_at IS NOT NULL AS is_revoked FROM tokens/,
  /unnest\(.*AS wanted \(id, target_id\)/,
  /AS ancestors FROM tokens t WHERE t.id > \$1/,
  /AS w \(log, id\) CROSS JOIN LATERAL/,
  /AS wanted\(log, low, high\)/,
  /AS claimed, e\.\* FROM/,
  /e\.action = 'token\.cut_off'/,
  /AS rotation_due/,
  /looked_at/,
  /DELETE FROM token_notices/,
];
const BY_COMMAND = [
  /CROSS JOIN LATERAL \( SELECT .* \(t\.created_at, t\.id\) >/,
  /e\.sequence > \$2 AND e\.action = ANY/,
];
/** The commands say of how many tokens the database is, 100,000 at most. */
const COUNT_OF_COMMAND = /FROM tokens ORDER BY id LIMIT \$1 \+ 1/;

const ENVIRONMENT = { RESCIND_AUDIT_SAMPLE_ROWS: '500', RESCIND_SEAL_MS: '200', RESCIND_HYGIENE_MS: '1000' };

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Plan[];
}
interface Explained {
  'Query Text': string;
  Plan: Plan;
}

const every = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(every)];

const rowsOf = (scan: Plan): number =>
  (scan['Actual Rows'] +
    (scan['Rows Removed by Filter'] ?? 0) +
    (scan['Rows Removed by Index Recheck'] ?? 0)) *
  scan['Actual Loops'];

describe('in a database without statistics, as after a restore', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  const log = (): string => join(runDirectory(), 'data', 'postgres.log');
  let from = 0;

  beforeAll(async () => {
    database = await freshDatabase();
    from = (await stat(log())).size;
    const name = new URL(database.url).pathname.slice(1);
    // The server writes the plan of every statement of this database, also of those in functions, into its log.
    for (const setting of [
      `session_preload_libraries = 'auto_explain'`,
      'auto_explain.log_min_duration = 0',
      'auto_explain.log_nested_statements = on',
      'auto_explain.log_analyze = on',
      'auto_explain.log_buffers = on',
      'auto_explain.log_timing = off',
      `auto_explain.log_format = 'json'`,
    ])
      await sql(database.superuserUrl, `ALTER DATABASE ${name} SET ${setting}`);
    for (const { table } of await sql<{ table: string }>(
      database.superuserUrl,
      `SELECT oid::regclass::text AS table FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    ))
      await sql(database.superuserUrl, `ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
    app = await startRescind({ databaseUrl: database.url, env: ENVIRONMENT });
    await app.ready();
    business = await aBusiness({ url: app.url });
    await lengthenLog(database, business.id, EVENTS);
    const member = await aMember(business);
    await sql(
      database.superuserUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at, expires_at, last_used_at)
       SELECT gen_random_uuid(), substr(md5($1 || n), 1, 22), $1::uuid, 'user', $2::uuid, 'x', 'dz_', '\\x00', 'new', '{}',
         now() - n * interval '15 minutes', CASE WHEN n % 3 > 0 THEN now() + n * interval '1 hour' END,
         CASE WHEN n % 5 > 0 THEN now() - n * interval '14 minutes' END
       FROM generate_series(1, $3) n`,
      [business.id, member.id, TOKENS],
    );
    // What is planned from here on is planned as after a restore. What was planned while the tables were empty is another matter.
    await app.stop();
    from = (await stat(log())).size;
    app = await startRescind({ databaseUrl: database.url, env: ENVIRONMENT });
  });
  afterAll(async () => {
    await app?.kill();
    await database?.drop();
  });

  /** The plans of what the service has done since its last start, of statements that read tokens or events. */
  async function scans(): Promise<{ query: string; scan: Plan }[]> {
    const said = await text(createReadStream(log(), { start: from }));
    return [...said.matchAll(/plan:\n(\t\{\n[\s\S]*?\n\t\})\n/g)].flatMap(([, json]) => {
      const { 'Query Text': query, Plan: plan } = JSON.parse(
        (json as string).replaceAll('\n\t', '\n'),
      ) as Explained;
      return every(plan)
        .filter((each) => /^(tokens|audit_events)/.test(each['Relation Name'] ?? each['Index Name'] ?? ''))
        .filter((each) => each['Node Type'] !== 'ModifyTable')
        .map((scan) => ({ query: query.replaceAll(/\s+/g, ' ').trim(), scan }));
    });
  }

  it('every walk goes along its index, and reads no more than it takes', async () => {
    for (const walk of WALKS)
      await waitFor(
        `a walk: ${walk.source}`,
        async () => (await scans()).some(({ query }) => walk.test(query)),
        15_000,
      );
    const environment = { DATABASE_URL: serviceUrlOf(database.url) };
    await rescind(['audit', 'reconcile'], environment, true).ended;
    const done = await scans();
    for (const walk of BY_COMMAND)
      expect(done.map(({ query }) => query)).toContainEqual(expect.stringMatching(walk));
    const wrong = done.filter(({ query, scan }) => {
      const read = rowsOf(scan);
      const blocks = scan['Shared Hit Blocks'] + scan['Shared Read Blocks'];
      const isWhole = read > (COUNT_OF_COMMAND.test(query) ? TOKENS + 100 : ROWS_MAX);
      return (
        scan['Node Type'] === 'Seq Scan' ||
        isWhole ||
        blocks > BLOCKS_A_ROW_MAX * (read + scan['Actual Loops']) + BLOCKS_MAX
      );
    });
    expect(
      wrong.map(
        ({ query, scan }) =>
          `${scan['Node Type']} ${scan['Index Name'] ?? ''} ${rowsOf(scan)} rows, in: ${query}`,
      ),
    ).toEqual([]);
  });
});
