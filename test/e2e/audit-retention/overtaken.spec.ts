import pg from 'pg';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import { newId } from '../../../src/common/new-id.js';
import { exportOf } from '../../support/audit-export.js';
import { sql } from '../../support/databases.js';
import { aToken } from '../../support/factories.js';
import { macOf } from '../../support/event-mac.js';
import { monthAgo, monthName } from '../../support/old-events.js';
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
    const { rows } = await holder.query<{ sequence: number }>(
      'UPDATE audit_heads SET size = size + 1 WHERE business_id = $1 RETURNING size::int AS sequence',
      [business.id],
    );
    await holder.query('SELECT audit_drop_expired($1, 1, $2)', [business.id, OLD]);
    const event: AuditEvent = {
      action: 'audit.retention_applied',
      actor: { email: null, id: null, kind: 'system', token_id: null },
      business_id: business.id,
      details: { months: [monthName(monthAgo(20))], through_sequence: OLD },
      id: newId(),
      ip: null,
      occurred_at: new Date().toISOString(),
      outcome: 'success',
      reason: null,
      request_id: null,
      sequence: rows[0]!.sequence,
      target: { id: business.id, kind: 'audit' },
      user_agent: null,
    };
    const leaf = leafHash(canonicalEvent(event));
    await holder.query(
      `INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, target_id, outcome, details, leaf_hash, mac)
       VALUES ($1, $2, $3, $4, 'system', $5, 'audit', $1::uuid::text, 'success', $6, $7, $8)`,
      [
        business.id,
        event.sequence,
        event.id,
        event.occurred_at,
        event.action,
        event.details,
        leaf,
        macOf(business.id, event.sequence, leaf),
      ],
    );
    await holder.query('COMMIT');
    expect(await broken).not.toBe('whole');
    expect(await broken).not.toMatch('no export');
  } finally {
    await holder.end();
    await house.close();
  }
});
