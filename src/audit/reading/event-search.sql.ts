import type { AuditFilter, Conditions } from './audit-filter.js';

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
