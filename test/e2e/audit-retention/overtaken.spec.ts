import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { exportOf } from '../../support/audit-export.js';
import { sql } from '../../support/databases.js';
import { aToken } from '../../support/factories.js';
import { monthAgo } from '../../support/old-events.js';
import { waitFor } from '../../support/wait-for.js';
import { RETENTION, RetentionHouse } from '../../support/retention-house.js';

const OLD = 6;

it('an export that retention overtakes breaks off: nobody takes the part for the whole, or the gap for a removal', async () => {
  const house = await RetentionHouse.open();
  const { superuserUrl } = house.database;
  const holder = new pg.Client({ connectionString: superuserUrl });
  try {
    const { business } = await house.aLog((sequence) => (sequence <= OLD ? monthAgo(20) : null));
    await business.api.put(RETENTION, { months: 12 });
    await aToken(business);
    await holder.connect();
    // The export knows what was dropped and waits for the tree while more is dropped.
    // What the owner's functions see is up to whoever calls them.
    await holder.query(`BEGIN; SET LOCAL app.business_id = '*'`);
    await holder.query('SELECT FROM audit_trees WHERE business_id = $1 FOR UPDATE', [business.id]);
    const broken = exportOf(business).then(
      () => 'whole',
      (error: Error) => error.message,
    );
    await waitFor('the export to wait for the tree', async () => {
      const waiting = await sql(
        superuserUrl,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%audit_lock_trees%'`,
      );
      return waiting.length > 0;
    });
    await holder.query(
      `WITH gone AS (SELECT audit_drop_expired($1, 1, $2::bigint)), head AS (UPDATE audit_heads SET size = size + 1 WHERE business_id = $1 RETURNING size)
       INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, details, leaf_hash)
       SELECT $1, size, $3, now(), 'system', 'audit.retention_applied', 'audit', 'success', jsonb_build_object('through_sequence', $2::bigint), sha256('x')
       FROM head, gone`,
      [business.id, OLD, randomUUID()],
    );
    await holder.query('COMMIT');
    expect(await broken).not.toBe('whole');
    expect(await broken).not.toMatch('no export');
  } finally {
    await holder.end();
    await house.close();
  }
});
