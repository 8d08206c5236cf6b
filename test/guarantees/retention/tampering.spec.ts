import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { exportOf, verify, type Verification } from '../../support/audit-export.js';
import { sql } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { monthAgo, tamper } from '../../support/old-events.js';
import { waitFor } from '../../support/wait-for.js';
import { RETENTION, RetentionHouse, type OldLog } from '../../support/retention-house.js';

const OLD = 6;

const found = ({ code, failures }: Verification): unknown => ({
  code,
  failures: failures.map(({ kind, sequences }) => [kind, sequences]),
});

describe('retention is no cover for whoever removes events in the database:', () => {
  let house: RetentionHouse;
  beforeAll(async () => void (house = await RetentionHouse.open()));
  afterAll(() => house.close());

  const anExpiredLog = async (): Promise<OldLog> => {
    const log = await house.aLog((sequence) => (sequence <= OLD ? monthAgo(20) : null));
    await log.business.api.put(RETENTION, { months: 12 });
    return log;
  };
  const aDroppedLog = async (): Promise<OldLog> => {
    const log = await anExpiredLog();
    await house.applyUntil(async () => (await house.sequences(log.business.id))[0] === OLD + 1);
    return log;
  };
  const remove = ({ business }: OldLog, from: number, to: number): Promise<void> =>
    tamper(house.database, 'DELETE FROM audit_events WHERE business_id = $1 AND sequence BETWEEN $2 AND $3', [
      business.id,
      from,
      to,
    ]);
  const pretend = ({ business }: OldLog, through: number): Promise<void> =>
    tamper(house.database, 'UPDATE audit_retention SET dropped_through = $2 WHERE business_id = $1', [
      business.id,
      through,
    ]);

  it('events removed behind those that were dropped are found', async () => {
    const log = await aDroppedLog();
    await remove(log, OLD + 1, OLD + 2);
    expect(found(await verify(await exportOf(log.business), log.vkey))).toEqual({
      code: 1,
      failures: [['removed_event', [OLD + 1, OLD + 2]]],
    });
  });

  it('so are they when the database is made to say that they were dropped as well', async () => {
    const log = await aDroppedLog();
    await remove(log, OLD + 1, OLD + 2);
    await pretend(log, OLD + 2);
    expect(found(await verify(await exportOf(log.business), log.vkey))).toEqual({
      code: 1,
      failures: [['removed_event', [OLD + 1, OLD + 2]]],
    });
  });

  it('so are they when no policy ever dropped anything', async () => {
    const log = await house.aLog(() => null);
    await remove(log, 1, 3);
    expect(found(await verify(await exportOf(log.business), log.vkey))).toEqual({
      code: 1,
      failures: [['removed_event', [1, 3]]],
    });
    await sql(house.database.superuserUrl, 'INSERT INTO audit_retention (business_id) VALUES ($1)', [
      log.business.id,
    ]);
    await pretend(log, 3);
    expect(found(await verify(await exportOf(log.business), log.vkey))).toEqual({
      code: 1,
      failures: [['removed_event', [1, 3]]],
    });
  });

  it('so is the removal of the event that records the drop', async () => {
    const log = await aDroppedLog();
    const { items } = (
      await log.business.api.get('/api/v1/audit/events', { action: 'audit.retention_applied' })
    ).body as { items: { sequence: number }[] };
    const { sequence } = items[0]!;
    await remove(log, sequence, sequence);
    expect(found(await verify(await exportOf(log.business), log.vkey))).toEqual({
      code: 1,
      failures: [
        ['removed_event', [1, OLD]],
        ['removed_event', [sequence, sequence]],
      ],
    });
  });

  it('nothing more is dropped from a log whose database claims a drop that no event records', async () => {
    const log = await anExpiredLog();
    await pretend(log, 2);
    const applier = await house.startApplier();
    try {
      await waitFor('a failure to be counted', async () => {
        const { text } = await exchange(applier.url, { method: 'GET', path: '/metrics' });
        return Number(/^rescind_audit_retention_failures_total (\d+)/m.exec(text)?.[1]) > 1;
      });
    } finally {
      await applier.stop();
    }
    expect(await house.sequences(log.business.id)).toEqual(expect.arrayContaining([3, OLD]));
    expect((await log.business.api.get(RETENTION)).body.dropped_through_sequence).toBe(0);
    await log.business.api.put(RETENTION, { months: null });
  });

  const third = 'business_id = $1 AND sequence = 3 AND $2::bytea IS NOT NULL';
  it.each([
    ['changed', `UPDATE audit_events SET reason = 'another' WHERE ${third}`],
    [
      'changed, its leaf with it',
      `UPDATE audit_events SET reason = 'another', leaf_hash = $2 WHERE ${third}`,
    ],
    ['given another leaf', `UPDATE audit_events SET leaf_hash = sha256('x') WHERE ${third}`],
    ['removed', `DELETE FROM audit_events WHERE ${third}`],
  ])('a log with an event that was %s is not dropped, so that its traces stay', async (_, statement) => {
    const [log, honest] = [await anExpiredLog(), await anExpiredLog()];
    const query = { sequence_from: 3, sequence_to: 3 };
    const { items } = (await log.business.api.get('/api/v1/audit/events', query)).body as {
      items: AuditEvent[];
    };
    const forged = leafHash(canonicalEvent({ ...(items[0] as AuditEvent), reason: 'another' }));
    await tamper(house.database, statement, [log.business.id, forged]);
    const applier = await house.startApplier();
    try {
      await waitFor('a failure to be counted', async () => {
        const { text } = await exchange(applier.url, { method: 'GET', path: '/metrics' });
        return Number(/^rescind_audit_retention_failures_total (\d+)/m.exec(text)?.[1]) > 1;
      });
      await waitFor(
        'others not to wait for it',
        async () => (await house.sequences(honest.business.id))[0] !== 1,
      );
    } finally {
      await applier.stop();
    }
    expect((await house.sequences(log.business.id))[0]).toBe(1);
    expect((await log.business.api.get(RETENTION)).body.dropped_through_sequence).toBe(0);
    // What was tampered with belongs to this test alone.
    await log.business.api.put(RETENTION, { months: null });
  });
});
