import type { AuditAction, AuditDetails } from '../../log-format/audit-action.js';
import { PLATFORM_LOG } from './audit-draft.js';
import type { AuditActor, AuditEvent, AuditOutcome, AuditTarget } from '../../log-format/audit-event.js';

/** A row of audit_events as {@link EVENT_COLUMNS} select it. */
export interface StoredEvent {
  business_id: string;
  sequence: string;
  id: string;
  occurred_at: Date;
  actor_kind: AuditActor['kind'];
  actor_id: string | null;
  actor_email: string | null;
  actor_token_id: string | null;
  action: AuditAction;
  target_kind: AuditTarget['kind'];
  target_id: string | null;
  outcome: AuditOutcome;
  reason: string | null;
  request_id: string | null;
  ip: string | null;
  user_agent: string | null;
  details: AuditDetails;
  leaf_hash: Buffer;
  /** null: written by a version that made none. */
  mac: Buffer | null;
}

export const EVENT_COLUMNS = `e.business_id, e.sequence, e.id, e.occurred_at, e.actor_kind, e.actor_id, e.actor_email,
  e.actor_token_id, e.action, e.target_kind, e.target_id, e.outcome, e.reason, e.request_id,
  e.ip, e.user_agent, e.details, e.leaf_hash, e.mac`;

/** The event in a row: what was hashed when it was written, as long as nobody changed the row. */
export function eventOf(row: StoredEvent): AuditEvent {
  return {
    action: row.action,
    actor: {
      email: row.actor_email,
      id: row.actor_id,
      kind: row.actor_kind,
      token_id: row.actor_token_id,
    },
    business_id: row.business_id === PLATFORM_LOG ? null : row.business_id,
    details: row.details,
    id: row.id,
    ip: row.ip,
    occurred_at: row.occurred_at.toISOString(),
    outcome: row.outcome,
    reason: row.reason,
    request_id: row.request_id,
    sequence: Number(row.sequence),
    target: { id: row.target_id, kind: row.target_kind },
    user_agent: row.user_agent,
  };
}
