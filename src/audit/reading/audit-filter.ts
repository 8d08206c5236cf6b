import type { AuditAction } from '../../log-format/audit-action.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../../log-format/audit-event.js';
import type { StoredEvent } from '../trail/stored-event.js';

/** Which events match; absent fields do not matter. All given conditions must hold. */
export interface AuditFilter {
  actions?: readonly AuditAction[];
  /** Ids of actors, any of them. */
  actorIds?: readonly string[];
  /** Or the person that the acting platform token was issued to. */
  actorPerson?: string;
  notActorIds?: readonly string[];
  notActorPerson?: string;
  actorKind?: AuditActor['kind'];
  notActorKind?: AuditActor['kind'];
  targetKind?: AuditTarget['kind'];
  notTargetKind?: AuditTarget['kind'];
  targetId?: string;
  /** The token was acted on, or acted. */
  tokenId?: string;
  outcome?: AuditOutcome;
  notOutcome?: AuditOutcome;
  /** Contained in the reason, in any case. */
  reason?: string;
  /** Contained in the JSON text of the details, in any case. */
  details?: string;
  ip?: string;
  /** A CIDR that the address lies in, or does not: no address lies in none. */
  ipRange?: string;
  notIpRange?: string;
  requestId?: string;
  clientRequestId?: string;
  /** Included. */
  from?: Date;
  /** Not included. */
  to?: Date;
  /** Included, as is the end. */
  sequenceFrom?: number;
  sequenceTo?: number;
}

/** SQL conditions on `e`, and the values of their parameters. */
export class Conditions {
  readonly values: unknown[] = [];
  readonly texts: string[] = [];

  /** Adds a value and names it. */
  parameter(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** Adds the condition unless the value is undefined. `?` stands for the value. */
  where(text: string, value: unknown): this {
    if (value !== undefined) this.texts.push(text.replaceAll('?', this.parameter(value)));
    return this;
  }

  and(...further: string[]): string {
    return [...this.texts, ...further].join(' AND ') || 'true';
  }
}

/** Everything of a filter but the actions, the actor and the token, which decide how the rows are looked up. */
export function addFilter(conditions: Conditions, filter: AuditFilter): Conditions {
  return (
    conditions
      .where('e.actor_kind = ?', filter.actorKind)
      .where('(e.actor_id = ANY(?::uuid[])) IS NOT TRUE', filter.notActorIds)
      .where(`(e.actor_kind = 'platform' AND e.actor_email = ?) IS NOT TRUE`, filter.notActorPerson)
      .where('e.actor_kind <> ?', filter.notActorKind)
      .where('e.target_kind = ?', filter.targetKind)
      .where('e.target_kind <> ?', filter.notTargetKind)
      .where('e.target_id = ?', filter.targetId)
      .where('e.outcome = ?', filter.outcome)
      // Implied by the former, and the condition of audit_events_refused_idx.
      .where(`e.outcome <> 'success' AND ?::text IS NOT NULL`, refusedOnly(filter.outcome))
      .where('e.outcome <> ?', filter.notOutcome)
      .where(`e.reason ILIKE '%' || ?::text || '%'`, likeText(filter.reason))
      .where(`e.details::text ILIKE '%' || ?::text || '%'`, likeText(jsonText(filter.details)))
      .where('audit_address(e.ip) <<= ?::inet', filter.ipRange)
      .where('(audit_address(e.ip) <<= ?::inet) IS NOT TRUE', filter.notIpRange)
      .where('e.ip = ?', filter.ip)
      .where('e.request_id = ?', filter.requestId)
      .where('e.client_request_id = ?', filter.clientRequestId)
      .where('e.occurred_at >= ?::timestamptz', filter.from?.toISOString())
      .where('e.occurred_at < ?::timestamptz', filter.to?.toISOString())
      .where('e.sequence >= ?::bigint', filter.sequenceFrom)
      .where('e.sequence <= ?::bigint', filter.sequenceTo)
  );
}

function refusedOnly(outcome: AuditOutcome | undefined): AuditOutcome | undefined {
  return outcome === 'success' ? undefined : outcome;
}

function likeText(text: string | undefined): string | undefined {
  return text?.replaceAll(/[\\%_]/g, '\\$&');
}

/** As it stands inside of a string of jsonb. */
function jsonText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text).slice(1, -1);
}

export type AuditOrder = 'ASC' | 'DESC';

/** The edge of a page: a sequence within a log; a time and an id across logs. */
export type EventPosition = { sequence: number } | { occurredAt: string; id: string };

/** Adds that an event stands on that side of the edge of a page; null: there is none. */
export function addEdge(
  conditions: Conditions,
  comparison: '<' | '>' | '<=' | '>=',
  edge: EventPosition | null,
): void {
  if (edge === null) return;
  if ('sequence' in edge) {
    conditions.where(`e.sequence ${comparison} ?::bigint`, edge.sequence);
    return;
  }
  const time = conditions.parameter(edge.occurredAt);
  conditions.where(`(e.occurred_at, e.id) ${comparison} (${time}::timestamptz, ?::uuid)`, edge.id);
}

/**
 * One query per way in which an event can match, each ordered and limited, so that none reads more than a page
 * whatever the size of the log. Within a log an index on the action gives order only for one action, and a token and
 * a person are found by two indexes each. Across logs PostgreSQL knows how frequent an action is, and chooses better
 * itself.
 */
export function waysToFind(
  conditions: Conditions,
  filter: AuditFilter,
  isOneLog: boolean,
  branch: (where: string) => string,
): string[] {
  const { actions } = filter;
  if (!isOneLog) conditions.where('e.action = ANY(?::text[])', actions);
  const wanted = actions === undefined || !isOneLog ? null : conditions.parameter(actions);
  return waysOfActor(conditions, filter)
    .flatMap((actor) => waysOfToken(conditions, filter).map((token) => [...actor, ...token]))
    .map((way) => {
      if (wanted === null) return branch(conditions.and(...way));
      return `SELECT e.* FROM unnest(${wanted}::text[]) AS wanted(action)
      CROSS JOIN LATERAL (${branch(conditions.and('e.action = wanted.action', ...way))}) e`;
    });
}

function waysOfToken(conditions: Conditions, { tokenId }: AuditFilter): string[][] {
  if (tokenId === undefined) return [[]];
  const token = conditions.parameter(tokenId);
  const isTarget = `e.target_id = ${token}::text AND e.target_kind = 'token'`;
  return [[isTarget], [`e.actor_token_id = ${token}::uuid`, `(${isTarget}) IS NOT TRUE`]];
}

/** The platform has no id, so that no event is found in both ways. */
function waysOfActor(conditions: Conditions, { actorIds, actorPerson }: AuditFilter): string[][] {
  if (actorIds === undefined) return [[]];
  const ways: string[][] = [];
  if (actorIds.length === 1) ways.push([`e.actor_id = ${conditions.parameter(actorIds[0])}::uuid`]);
  else if (actorIds.length > 1 || actorPerson === undefined)
    ways.push([`e.actor_id = ANY(${conditions.parameter(actorIds)}::uuid[])`]);
  if (actorPerson !== undefined)
    ways.push([`e.actor_kind = 'platform'`, `e.actor_email = ${conditions.parameter(actorPerson)}`]);
  return ways;
}

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

/** Conditions that an index serves, or that narrow what it finds without a search. */
const INDEXED: ReadonlySet<string> = new Set<keyof AuditFilter>([
  'actions',
  'actorIds',
  'actorPerson',
  'ip',
  'outcome',
  'sequenceFrom',
  'sequenceTo',
]);

/** Whether the rows that an index leads to are few, or are in order and all match. */
export function isAnsweredByIndex(filter: AuditFilter): boolean {
  const { actions, actorIds, targetId, tokenId, requestId, clientRequestId, ip, outcome } = filter;
  if ([targetId, tokenId, requestId, clientRequestId].some((value) => value !== undefined)) return true;
  if (Object.entries(filter).some(([name, value]) => value !== undefined && !INDEXED.has(name))) return false;
  // Several ids of one address give several orders, and nearly every event is a success.
  if ((actorIds?.length ?? 0) > 1 || outcome === 'success') return false;
  return [actions, actorIds, ip, outcome].filter((value) => value !== undefined).length <= 1;
}
