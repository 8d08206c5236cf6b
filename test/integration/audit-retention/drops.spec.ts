import { randomUUID } from 'node:crypto';
import { backdate, ensurePartition, monthAgo } from '../../support/old-events.js';
import { sql } from '../../support/databases.js';
import { RetentionHouse } from '../../support/retention-house.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { aDrop, anEvent, attempt, everything, type Statement } from './attempt.js';

/** Sequences 1..OLD of each log in this file are twenty months old. */
const OLD = 6;

describe('with the rights of the application, or of the owner of the tables', () => {
  let house: RetentionHouse;
  /** Twelve months, sealed: what is old has expired. */
  let expired: TestBusiness;
  /** No policy. */
  let kept: TestBusiness;
  /** Twelve months, not sealed. */
  let unsealed: TestBusiness;
  /** Twelve months, sealed; its third event is young. */
  let mixed: TestBusiness;
  let before: unknown;

  beforeAll(async () => {
    house = await RetentionHouse.open();
    await ensurePartition(house.database, monthAgo(20));
    const old = (sequence: number): Date | null => (sequence <= OLD ? monthAgo(20) : null);
    expired = (await house.aLog(old, 12)).business;
    kept = (await house.aLog(old)).business;
    unsealed = await aBusiness({ url: house.app.url });
    for (let i = 0; i < 4; i += 1) await aToken(unsealed);
    await backdate(house.database, unsealed.id, old);
    await unsealed.api.put('/api/v1/audit/retention', { months: 12 });
    mixed = (await house.aLog((sequence) => (sequence === 3 ? null : old(sequence)), 12)).business;
  });
  afterAll(() => house.close());
  beforeEach(async () => (before = await everything(house.database)));
  afterEach(async () => expect(await everything(house.database)).toEqual(before));

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
    expect(await attempt(house.database, [[statement]])).toMatch(/permission denied|must be owner/);
  });

  it.each([
    ['more than has expired', 1, OLD + 1],
    ['all that there ever will be', 1, '9223372036854775807'],
    ['nothing', 1, 0],
    ['an unknown end', 1, null],
  ])('%s is not dropped', async (_, first, last) => {
    expect(await attempt(house.database, [aDrop(expired.id, first, last)])).toBe(
      'these events of the audit log have not expired',
    );
  });

  it.each([
    ['what does not begin at the oldest', 2, OLD],
    ['what begins before the log', 0, OLD],
    ['what begins far below', '-9223372036854775807', OLD],
    ['an unknown beginning', null, OLD],
  ])('%s is not dropped', async (_, first, last) => {
    expect(await attempt(house.database, [aDrop(expired.id, first, last)])).toMatch('next to be dropped');
  });

  it('a log without a policy, a log nobody knows, and the log of the platform are not dropped', async () => {
    for (const logId of [kept.id, randomUUID(), '00000000-0000-0000-0000-000000000000'])
      expect(await attempt(house.database, [aDrop(logId, 1, 1)])).toMatch(
        /next to be dropped|have not expired/,
      );
  });

  it('what is not sealed is not dropped, nor under a tree that was made up', async () => {
    expect(await attempt(house.database, [aDrop(unsealed.id, 1, 1)])).toMatch('have not expired');
    const forged: Statement[] = [
      [`SELECT FROM audit_lock_trees(ARRAY[$1::uuid], sha256('x'))`, [unsealed.id]],
      [
        `SELECT audit_grow_trees(ARRAY[$1::uuid], '{6}', ARRAY[sha256('x')], ARRAY[sha256('x')])`,
        [unsealed.id],
      ],
    ];
    expect(await attempt(house.database, [...forged, aDrop(unsealed.id, 1, OLD)])).toBe(
      'these events are not those that were sealed',
    );
    const tile: Statement = [
      `SELECT audit_add_to_tiles(ARRAY[$1::uuid], '{0}', '{0}', ARRAY[sha256('a') || sha256('b')], '{0}')`,
      [unsealed.id],
    ];
    expect(await attempt(house.database, [...forged, tile, aDrop(unsealed.id, 1, OLD)])).toBe(
      'these events are not those that were sealed',
    );
  });

  it('what stands behind an event that stays is not dropped', async () => {
    expect(await attempt(house.database, [aDrop(mixed.id, 1, OLD)])).toMatch('have not expired');
    expect(await attempt(house.database, [aDrop(mixed.id, 1, 3)])).toMatch('have not expired');
  });

  it('a drop does not commit without an event that says how far it went', async () => {
    const refusal = 'events of the audit log are dropped together with an event that says so';
    const says = (through: unknown): Statement =>
      anEvent(expired.id, 'audit.retention_applied', { through_sequence: through });
    for (const statements of [
      [aDrop(expired.id, 1, OLD)],
      [aDrop(expired.id, 1, OLD), says(OLD - 1)],
      [aDrop(expired.id, 1, OLD), says(String(OLD))],
      [aDrop(expired.id, 1, OLD), anEvent(kept.id, 'audit.retention_applied', { through_sequence: OLD })],
      [aDrop(expired.id, 1, OLD), ['SELECT audit_purge_dropped()'] as Statement],
    ])
      expect(await attempt(house.database, statements)).toBe(refusal);
  });

  it('tables of the caller do not stand in for those of the log', async () => {
    // As on a server where nobody may take that right away.
    const name = new URL(house.database.url).pathname.slice(1);
    await sql(house.database.superuserUrl, `GRANT TEMPORARY ON DATABASE ${name} TO PUBLIC`);
    const temporary: Statement[] = [
      ['CREATE TEMP TABLE audit_retention (LIKE public.audit_retention)'],
      ['CREATE TEMP TABLE audit_retention_limit AS SELECT true AS only_row, 1 AS months'],
      ['CREATE TEMP TABLE audit_events (LIKE public.audit_events)'],
      ['CREATE TEMP TABLE audit_trees AS SELECT business_id, 1000::bigint AS size FROM public.audit_trees'],
      [
        'INSERT INTO audit_retention (business_id, months, dropped_through, purged_through) SELECT business_id, 1, 0, 0 FROM public.audit_heads',
      ],
    ];
    expect(await attempt(house.database, [...temporary, aDrop(kept.id, 1, 1)])).toMatch(
      /next to be dropped|not expired/,
    );
    expect(await attempt(house.database, [...temporary, aDrop(expired.id, 1, OLD + 1)])).toMatch(
      'have not expired',
    );
    const says: Statement = [
      `INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, details, leaf_hash)
       VALUES ($1, 1000, $2, now(), 'system', 'audit.retention_applied', 'audit', 'success', $3, '')`,
      [expired.id, randomUUID(), JSON.stringify({ through_sequence: OLD })],
    ];
    expect(await attempt(house.database, [...temporary, aDrop(expired.id, 1, OLD), says])).toMatch(
      'event that says so',
    );
  });

  it('a month is neither purged nor dropped before its events are dropped by record', async () => {
    expect(
      await attempt(house.database, [['SELECT audit_purge_dropped()'], ['SELECT audit_drop_partition()']]),
    ).toBe('done');
  });

  it('an event is not deleted by the owner of the tables either', async () => {
    expect(await attempt(house.database, [['DELETE FROM audit_events']], 'owner')).toBe(
      'the audit log is append-only',
    );
    expect(
      await attempt(
        house.database,
        [['UPDATE audit_retention SET dropped_through = 3'], ['DELETE FROM audit_events']],
        'owner',
      ),
    ).toBe('the audit log is append-only');
  });
});
