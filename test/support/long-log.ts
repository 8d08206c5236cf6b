import type { AuditEvent } from '../../src/log-format/audit-event.js';
import { canonicalEvent } from '../../src/log-format/canonical-event.js';
import { leafHash } from '../../src/log-format/transparency/merkle-tree.js';
import { newId } from '../../src/common/new-id.js';
import { sql, type TestDatabase } from './databases.js';
import { headMacOf, macOf } from './event-mac.js';

const EVENTS_A_STATEMENT = 5000;

const INSERT = `
INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, reason, details, leaf_hash, mac)
SELECT $1, e.sequence, e.id, e.occurred_at, e.kind, e.action, 'token', 'success', e.reason, e.details, decode(e.leaf, 'hex'), decode(e.mac, 'hex')
FROM json_to_recordset($2) AS e (sequence bigint, id uuid, occurred_at timestamptz, kind text, action text, reason text, details jsonb, leaf text, mac text)`;

/** What a test chooses of an event. */
export interface ChosenEvent {
  action: AuditEvent['action'];
  actorKind: AuditEvent['actor']['kind'];
  details: AuditEvent['details'];
  occurredAt: Date;
  reason: string | null;
}

function longEvent(sequence: number): ChosenEvent {
  return {
    action: 'token.revoked',
    actorKind: 'system',
    details: { jti: 'j'.repeat(22), name: 'n'.repeat(200), owner: 'o'.repeat(100) },
    occurredAt: new Date(Date.UTC(2026, 0, 1) + sequence),
    reason: 'r'.repeat(300),
  };
}

function eventOf(businessId: string, sequence: number, chosen: ChosenEvent): AuditEvent {
  return {
    action: chosen.action,
    actor: { email: null, id: null, kind: chosen.actorKind, token_id: null },
    business_id: businessId,
    details: chosen.details,
    id: newId(),
    ip: null,
    occurred_at: chosen.occurredAt.toISOString(),
    outcome: 'success',
    reason: chosen.reason,
    request_id: null,
    sequence,
    target: { id: null, kind: 'token' },
    user_agent: null,
  };
}

/** Writes events (of about 900 bytes, unless chosen otherwise) behind the one that a log begins with, so that it has `events`. */
export async function lengthenLog(
  database: TestDatabase,
  businessId: string,
  events: number,
  choose: (sequence: number) => ChosenEvent = longEvent,
): Promise<void> {
  for (let at = 2; at <= events; at += EVENTS_A_STATEMENT) {
    const batch = Array.from({ length: Math.min(EVENTS_A_STATEMENT, events - at + 1) }, (_, index) => {
      const event = eventOf(businessId, at + index, choose(at + index));
      const { kind } = event.actor;
      const leaf = leafHash(canonicalEvent(event));
      const mac = macOf(businessId, event.sequence, leaf).toString('hex');
      return { ...event, kind, leaf: leaf.toString('hex'), mac };
    });
    await sql(database.superuserUrl, INSERT, [businessId, JSON.stringify(batch)]);
  }
  const size = 'UPDATE audit_heads SET size = $2, mac = $3 WHERE business_id = $1';
  await sql(database.superuserUrl, size, [businessId, events, headMacOf(businessId, events)]);
}
