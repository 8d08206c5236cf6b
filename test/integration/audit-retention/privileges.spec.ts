import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { backdate, ensurePartition, monthAgo, SEALS_ON_REQUEST } from '../../support/old-events.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const DAY_MS = '86400000';

/** Sequences 1..OLD of each log in this file are twenty months old. */
const OLD = 6;

describe('with the rights of the application, or of the owner of the tables', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  /** Twelve months, sealed: what is old has expired. */
  let expired: TestBusiness;
  /** No policy. */
  let kept: TestBusiness;
  /** Twelve months, not sealed. */
  let unsealed: TestBusiness;
  /** Twelve months, sealed; its third event is young. */
  let mixed: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({
      databaseUrl: database.url,
      env: { ...SEALS_ON_REQUEST, RESCIND_AUDIT_RETENTION_MS: DAY_MS },
    });
    await ensurePartition(database, monthAgo(20));
    const aLog = async (months: number | null, isSealed = true, young = 0): Promise<TestBusiness> => {
      const business = await aBusiness({ url: app.url });
      for (let i = 0; i < 4; i += 1) await aToken(business);
      await backdate(database, business.id, (sequence) =>
        sequence <= OLD && sequence !== young ? monthAgo(20) : null,
      );
      if (months !== null) await business.api.put('/api/v1/audit/retention', { months });
      if (isSealed) await business.api.get('/api/v1/audit/checkpoint');
      return business;
    };
    [expired, kept, unsealed, mixed] = [
      await aLog(12),
      await aLog(null),
      await aLog(12, false),
      await aLog(12, true, 3),
    ];
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  let before: unknown;
  const everything = (): Promise<unknown> =>
    sql(
      database.url,
      `SELECT md5(string_agg(e::text, ',' ORDER BY business_id, sequence)) AS events, count(*),
         (SELECT jsonb_agg(to_jsonb(r) ORDER BY business_id) FROM audit_retention r) AS policies,
         (SELECT months FROM audit_retention_limit) AS minimum FROM audit_events e`,
    );
  beforeEach(async () => (before = await everything()));
  afterEach(async () => expect(await everything()).toEqual(before));

  /** Runs the statements in one transaction; its commit counts. */
  async function attempt(statements: [string, unknown[]?][], role = 'rescind_app'): Promise<string> {
    const url = new URL(database.url);
    if (role !== '') url.searchParams.set('options', `-c role=${role}`);
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query('BEGIN');
      for (const [statement, values = []] of statements) await client.query(statement, values);
      await client.query('COMMIT');
      return 'done';
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.end();
    }
  }

  /** An event that whoever holds the role can always write. */
  const event = (logId: string, action: string, details: unknown): [string, unknown[]] => [
    `INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, details, leaf_hash)
     VALUES ($1, (SELECT size + 1 FROM audit_heads WHERE business_id = $1), $2, now(), 'system', $3, 'audit', 'success', $4, sha256('x'))`,
    [logId, randomUUID(), action, JSON.stringify(details)],
  ];
  const drop = (logId: string, first: unknown, last: unknown): [string, unknown[]] => [
    'SELECT audit_drop_expired($1, $2, $3)',
    [logId, first, last],
  ];

  it.each([
    'UPDATE audit_retention SET dropped_through = 5',
    'UPDATE audit_retention SET purged_through = 0',
    'INSERT INTO audit_retention (business_id, dropped_through) VALUES (gen_random_uuid(), 5)',
    'DELETE FROM audit_retention',
    'TRUNCATE audit_retention',
    'UPDATE audit_retention_limit SET months = 1',
    'DELETE FROM audit_retention_limit',
    'DELETE FROM audit_dropped_revocations',
    `INSERT INTO audit_dropped_revocations VALUES (gen_random_uuid(), 'x', gen_random_uuid(), 1, '')`,
    `SELECT audit_partition_is_dropped('audit_events')`,
    'DROP TABLE audit_events_default',
    'ALTER TABLE audit_retention DISABLE TRIGGER ALL',
  ])('the application cannot %s', async (statement) => {
    expect(await attempt([[statement]])).toMatch(/permission denied|must be owner/);
  });

  it.each([
    ['more than has expired', 1, OLD + 1],
    ['all that there ever will be', 1, '9223372036854775807'],
    ['nothing', 1, 0],
    ['an unknown end', 1, null],
  ])('%s is not dropped', async (_, first, last) => {
    expect(await attempt([drop(expired.id, first, last)])).toBe(
      'these events of the audit log have not expired',
    );
  });

  it.each([
    ['what does not begin at the oldest', 2, OLD],
    ['what begins before the log', 0, OLD],
    ['what begins far below', '-9223372036854775807', OLD],
    ['an unknown beginning', null, OLD],
  ])('%s is not dropped', async (_, first, last) => {
    expect(await attempt([drop(expired.id, first, last)])).toMatch('next to be dropped');
  });

  it('a log without a policy, a log nobody knows, and the log of the platform are not dropped', async () => {
    for (const logId of [kept.id, randomUUID(), '00000000-0000-0000-0000-000000000000'])
      expect(await attempt([drop(logId, 1, 1)])).toMatch(/next to be dropped|have not expired/);
  });

  it('what is not sealed is not dropped, nor under a tree that was made up', async () => {
    expect(await attempt([drop(unsealed.id, 1, 1)])).toMatch('have not expired');
    const forged: [string, unknown[]] = [
      `INSERT INTO audit_trees (business_id, size, root) VALUES ($1, 6, sha256('x'))`,
      [unsealed.id],
    ];
    expect(await attempt([forged, drop(unsealed.id, 1, OLD)])).toBe(
      'these events are not those that were sealed',
    );
    const tile: [string, unknown[]] = [
      `INSERT INTO audit_tiles (business_id, level, number, start, hashes) VALUES ($1, 0, 0, 0, sha256('a') || sha256('b'))`,
      [unsealed.id],
    ];
    expect(await attempt([forged, tile, drop(unsealed.id, 1, OLD)])).toBe(
      'these events are not those that were sealed',
    );
  });

  it('what stands behind an event that stays is not dropped', async () => {
    expect(await attempt([drop(mixed.id, 1, OLD)])).toMatch('have not expired');
    expect(await attempt([drop(mixed.id, 1, 3)])).toMatch('have not expired');
  });

  it('a drop does not commit without an event that says how far it went', async () => {
    const refusal = 'events of the audit log are dropped together with an event that says so';
    const says = (through: unknown): [string, unknown[]] =>
      event(expired.id, 'audit.retention_applied', { through_sequence: through });
    for (const statements of [
      [drop(expired.id, 1, OLD)],
      [drop(expired.id, 1, OLD), says(OLD - 1)],
      [drop(expired.id, 1, OLD), says(String(OLD))],
      [drop(expired.id, 1, OLD), event(kept.id, 'audit.retention_applied', { through_sequence: OLD })],
      [drop(expired.id, 1, OLD), ['SELECT audit_purge_dropped()'] as [string]],
    ])
      expect(await attempt(statements)).toBe(refusal);
  });

  it('a policy does not change without an event that says from what to what', async () => {
    const set = (logId: string, months: number | null): [string, unknown[]] => [
      'UPDATE audit_retention SET months = $2 WHERE business_id = $1',
      [logId, months],
    ];
    const says = (before: unknown, after: unknown): [string, unknown[]] =>
      event(expired.id, 'audit.retention_changed', { months_before: before, months_after: after });
    for (const statements of [
      [set(expired.id, 1)],
      [set(expired.id, null)],
      [set(expired.id, 1), says(12, 2)],
      [set(expired.id, 1), says(24, 1)],
      [set(expired.id, 1), says(null, 1)],
      [
        [`INSERT INTO audit_retention (business_id, months) VALUES ($1, 1)`, [kept.id]] as [
          string,
          unknown[],
        ],
      ],
    ])
      expect(await attempt(statements)).toBe('the policy of the audit log changes together with its event');
  });

  it('no policy goes below the minimum of the platform, and one that did before has no effect', async () => {
    const raise = (months: number): Promise<unknown> =>
      sql(database.url, 'UPDATE audit_retention_limit SET months = $1', [months]);
    await raise(24);
    try {
      expect(
        await attempt([
          ['UPDATE audit_retention SET months = 18 WHERE business_id = $1', [expired.id]],
          event(expired.id, 'audit.retention_changed', { months_before: 12, months_after: 18 }),
        ]),
      ).toBe('the platform asks for the audit log to be kept longer');
      expect(await attempt([drop(expired.id, 1, 1)])).toMatch('have not expired');
    } finally {
      await raise(1);
    }
  });

  it('tables of the caller do not stand in for those of the log', async () => {
    const temporary: [string][] = [
      ['CREATE TEMP TABLE audit_retention (LIKE public.audit_retention)'],
      ['CREATE TEMP TABLE audit_retention_limit AS SELECT true AS only_row, 1 AS months'],
      ['CREATE TEMP TABLE audit_events (LIKE public.audit_events)'],
      ['CREATE TEMP TABLE audit_trees AS SELECT business_id, 1000::bigint AS size FROM public.audit_trees'],
      [
        'INSERT INTO audit_retention (business_id, months, dropped_through, purged_through) SELECT business_id, 1, 0, 0 FROM public.audit_heads',
      ],
    ];
    expect(await attempt([...temporary, drop(kept.id, 1, 1)])).toMatch(/next to be dropped|not expired/);
    expect(await attempt([...temporary, drop(expired.id, 1, OLD + 1)])).toMatch('have not expired');
    const says: [string, unknown[]] = [
      `INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, details, leaf_hash)
       VALUES ($1, 1000, $2, now(), 'system', 'audit.retention_applied', 'audit', 'success', $3, '')`,
      [expired.id, randomUUID(), JSON.stringify({ through_sequence: OLD })],
    ];
    expect(await attempt([...temporary, drop(expired.id, 1, OLD), says])).toMatch('event that says so');
  });

  it('a month is neither purged nor dropped before its events are dropped by record', async () => {
    expect(await attempt([['SELECT audit_purge_dropped()'], ['SELECT audit_drop_partition()']])).toBe('done');
  });

  it('an event is not deleted by the owner of the tables either', async () => {
    expect(await attempt([['DELETE FROM audit_events']], '')).toBe('the audit log is append-only');
    expect(
      await attempt([['UPDATE audit_retention SET dropped_through = 3'], ['DELETE FROM audit_events']], ''),
    ).toBe('the audit log is append-only');
  });
});
