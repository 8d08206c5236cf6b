import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  addFilter,
  type AuditFilter,
  Conditions,
  waysToFind,
} from '../../../src/audit/reading/audit-filter.js';
import { serviceUrlOf, sql } from '../../support/databases.js';
import { sharedApp } from '../../support/shared-app.js';

const EVENTS = 4000;
const [SOMEBODY, SOMEBODY_ELSE, TOKEN] = [randomUUID(), randomUUID(), randomUUID()];
const LOG = randomUUID();

/** One event in a hundred has an actor, a request and an address; the others are of the service itself. */
const FILL = `
INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, actor_id, actor_token_id, action, target_kind, target_id,
  outcome, request_id, ip, details, leaf_hash)
SELECT $1::uuid, n, gen_random_uuid(), now(), CASE WHEN n % 100 = 0 THEN 'user' ELSE 'system' END, CASE WHEN n % 100 = 0 THEN $2::uuid END,
  CASE WHEN n % 100 = 0 THEN $3::uuid END, 'token.issued', 'member', gen_random_uuid()::text, 'success', CASE WHEN n % 100 = 0 THEN 'request ' || n END,
  CASE WHEN n % 100 = 0 THEN '192.0.2.7' END, '{}', '\\x00' FROM generate_series(1, $4::int) n`;

interface Plan {
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}
/** Other months of the log are empty, and may be read along any index. */
const readBy = (scan: Plan): number =>
  (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'];
const every = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(every)];

describe('in a log that is mostly of the service itself', () => {
  let session: pg.Client;
  beforeAll(async () => {
    const { superuserUrl, databaseUrl } = await sharedApp();
    await sql(superuserUrl, FILL, [LOG, SOMEBODY, TOKEN, EVENTS]);
    await sql(superuserUrl, 'ANALYZE audit_events');
    session = new pg.Client({ connectionString: serviceUrlOf(databaseUrl) });
    await session.connect();
  });
  afterAll(() => session?.end());

  async function scansOf(filter: AuditFilter, planned: 'by its values' | 'once'): Promise<Plan[]> {
    const conditions = new Conditions().where('e.business_id = ?', LOG);
    addFilter(conditions, filter);
    const ways = waysToFind(
      conditions,
      filter,
      true,
      (where) => `(SELECT * FROM audit_events e WHERE ${where} ORDER BY e.sequence DESC LIMIT 50)`,
    );
    // As sessions of the service have it (data-source-options.ts).
    await session.query(`SET enable_seqscan = off; SET jit = off; SET app.business_id = '${LOG}'`);
    await session.query(`SET plan_cache_mode = ${planned === 'once' ? 'force_generic_plan' : 'auto'}`);
    const { rows } = await session.query(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${ways.join(' UNION ALL ')}`,
      conditions.values,
    );
    const [{ Plan: plan }] = (rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'];
    return every(plan).filter((each) => each['Index Name'] !== undefined && readBy(each) > 0);
  }

  it.each<[string, AuditFilter, RegExp]>([
    ['an actor', { actorIds: [SOMEBODY] }, /_actor_id_business_id_sequence_idx$/],
    ['any of some actors', { actorIds: [SOMEBODY, SOMEBODY_ELSE] }, /_actor_id_business_id_sequence_idx$/],
    ['a token', { tokenId: TOKEN }, /_(actor_token_id|target_id)_business_id_sequence_idx$/],
    ['a request', { requestId: 'request 1700' }, /_request_id_business_id_sequence_idx$/],
    ['an address', { ip: '192.0.2.7' }, /_ip_business_id_sequence_idx$/],
  ])('the events of %s are found by an index that holds no others', async (_, filter, index) => {
    for (const planned of ['by its values', 'once'] as const) {
      const scans = await scansOf(filter, planned);
      expect(scans.length).toBeGreaterThan(0);
      for (const scan of scans) expect(scan['Index Name']).toMatch(index);
      const read = scans.reduce((sum, scan) => sum + readBy(scan), 0);
      expect(read).toBeLessThanOrEqual(EVENTS / 100);
    }
  });

  it('an event enters no index for what it does not have', async () => {
    const { superuserUrl } = await sharedApp();
    const indexes = await sql<{ definition: string }>(
      superuserUrl,
      `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = 'audit_events'::regclass`,
    );
    for (const column of ['actor_id', 'actor_token_id', 'request_id', 'client_request_id', 'ip']) {
      const [index] = indexes.filter(({ definition }) => definition.includes(`(${column}, `));
      expect(index?.definition).toContain(`WHERE (${column} IS NOT NULL)`);
    }
  });
});
