import type { AuditEvent } from '../../src/audit/trail/audit-event.js';
import { canonicalEvent } from '../../src/audit/transparency/canonical-json.js';
import { leafHash } from '../../src/audit/transparency/merkle-tree.js';
import { newId } from '../../src/common/new-id.js';
import { sql, type TestDatabase } from './databases.js';

const EVENTS_A_STATEMENT = 5000;

const INSERT = `
INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, reason, details, leaf_hash)
SELECT $1, e.sequence, e.id, e.occurred_at, 'system', e.action, 'token', 'success', e.reason, e.details, decode(e.leaf, 'hex')
FROM json_to_recordset($2) AS e (sequence bigint, id uuid, occurred_at timestamptz, action text, reason text, details jsonb, leaf text)`;

function eventOf(businessId: string, sequence: number): AuditEvent {
  return {
    action: 'token.revoked',
    actor: { email: null, id: null, kind: 'system', token_id: null },
    business_id: businessId,
    details: { jti: 'j'.repeat(22), name: 'n'.repeat(200), owner: 'o'.repeat(100) },
    id: newId(),
    ip: null,
    occurred_at: new Date(Date.UTC(2026, 0, 1) + sequence).toISOString(),
    outcome: 'success',
    reason: 'r'.repeat(300),
    request_id: null,
    sequence,
    target: { id: null, kind: 'token' },
    user_agent: null,
  };
}

/** Writes events of about 900 bytes behind the one that a log begins with, so that it has `events`. */
export async function lengthenLog(database: TestDatabase, businessId: string, events: number): Promise<void> {
  for (let at = 2; at <= events; at += EVENTS_A_STATEMENT) {
    const batch = Array.from({ length: Math.min(EVENTS_A_STATEMENT, events - at + 1) }, (_, index) => {
      const event = eventOf(businessId, at + index);
      return { ...event, leaf: leafHash(canonicalEvent(event)).toString('hex') };
    });
    await sql(database.superuserUrl, INSERT, [businessId, JSON.stringify(batch)]);
  }
  const size = 'UPDATE audit_heads SET size = $2 WHERE business_id = $1';
  await sql(database.superuserUrl, size, [businessId, events]);
}
