import type { AuditFilter } from './audit-filter.js';
import type { StoredEvent } from './stored-event.js';

/** Whether `matchesFilter` can tell; what a reason contains in any case only the database can. */
export function isMatchable({ reason }: AuditFilter): boolean {
  return reason === undefined;
}

/** Whether `row` is wanted, as the SQL of the same filter has it (AuditEventsRepository.page). */
export function matchesFilter(filter: AuditFilter, row: StoredEvent): boolean {
  const { actions, actorIds, tokenId, from, to, sequenceFrom, sequenceTo } = filter;
  const sequence = Number(row.sequence);
  return (
    (actions === undefined || actions.includes(row.action)) &&
    (actorIds === undefined || (row.actor_id !== null && actorIds.includes(row.actor_id))) &&
    isAny(filter.actorKind, row.actor_kind) &&
    isAny(filter.targetKind, row.target_kind) &&
    isAny(filter.targetId, row.target_id) &&
    isAny(filter.outcome, row.outcome) &&
    isAny(filter.ip, row.ip) &&
    isAny(filter.requestId, row.request_id) &&
    (tokenId === undefined || concerns(tokenId, row)) &&
    (from === undefined || row.occurred_at >= from) &&
    (to === undefined || row.occurred_at < to) &&
    sequence >= (sequenceFrom ?? 0) &&
    sequence <= (sequenceTo ?? Infinity)
  );
}

/** Nothing wanted in particular, or exactly this. */
function isAny(wanted: string | undefined, actual: string | null): boolean {
  return wanted === undefined || wanted === actual;
}

function concerns(tokenId: string, row: StoredEvent): boolean {
  return (row.target_kind === 'token' && row.target_id === tokenId) || row.actor_token_id === tokenId;
}
