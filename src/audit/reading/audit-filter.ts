import type { AuditAction } from '../../log-format/audit-action.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../../log-format/audit-event.js';

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
