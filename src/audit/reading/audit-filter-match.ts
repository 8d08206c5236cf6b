import type { AuditFilter } from './audit-filter.js';
import type { StoredEvent } from '../trail/stored-event.js';

/**
 * Whether `matchesFilter` can decide: whether a text contains another in any case, and whether a range contains an
 * address, only the database can decide.
 */
export function isMatchable({ reason, details, ipRange, notIpRange }: AuditFilter): boolean {
  return [reason, details, ipRange, notIpRange].every((value) => value === undefined);
}

/** Whether `row` matches, with the same result as the SQL of the filter (AuditEventsRepository.page). */
export function matchesFilter(filter: AuditFilter, row: StoredEvent): boolean {
  const { actions, tokenId, from, to, sequenceFrom, sequenceTo } = filter;
  const sequence = Number(row.sequence);
  return (
    (actions === undefined || actions.includes(row.action)) &&
    isByActor(filter, row) &&
    !isExcluded(filter, row) &&
    isAny(filter.actorKind, row.actor_kind) &&
    isAny(filter.targetKind, row.target_kind) &&
    isAny(filter.targetId, row.target_id) &&
    isAny(filter.outcome, row.outcome) &&
    isAny(filter.ip, row.ip) &&
    isAny(filter.requestId, row.request_id) &&
    (filter.clientRequestId === undefined || row.details.client_request_id === filter.clientRequestId) &&
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

function isByActor({ actorIds, actorPerson }: AuditFilter, row: StoredEvent): boolean {
  if (actorIds === undefined || (row.actor_id !== null && actorIds.includes(row.actor_id))) return true;
  return actorPerson !== undefined && row.actor_kind === 'platform' && row.actor_email === actorPerson;
}

function isExcluded(filter: AuditFilter, row: StoredEvent): boolean {
  const { notActorIds, notActorPerson, notActorKind, notTargetKind, notOutcome } = filter;
  return (
    (row.actor_id !== null && notActorIds?.includes(row.actor_id) === true) ||
    (row.actor_kind === 'platform' && notActorPerson !== undefined && row.actor_email === notActorPerson) ||
    row.actor_kind === notActorKind ||
    row.target_kind === notTargetKind ||
    row.outcome === notOutcome
  );
}

function concerns(tokenId: string, row: StoredEvent): boolean {
  return (row.target_kind === 'token' && row.target_id === tokenId) || row.actor_token_id === tokenId;
}
