import type { AuditAction } from '../trail/audit-action.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../trail/audit-event.js';

/** Which events are wanted; what is absent does not matter. All that is given must hold. */
export interface AuditFilter {
  actions?: readonly AuditAction[];
  /** Ids of actors, any of them. */
  actorIds?: readonly string[];
  actorKind?: AuditActor['kind'];
  targetKind?: AuditTarget['kind'];
  targetId?: string;
  /** The token was acted on, or acted. */
  tokenId?: string;
  outcome?: AuditOutcome;
  /** Contained in the reason, in any case. */
  reason?: string;
  ip?: string;
  requestId?: string;
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

/** Everything of a filter but the actions and the token, which decide how the rows are looked up. */
export function addFilter(conditions: Conditions, filter: AuditFilter): Conditions {
  return (
    conditions
      .where('e.actor_id = ANY(?::uuid[])', severalOf(filter.actorIds))
      .where('e.actor_id = ?::uuid', singleOf(filter.actorIds))
      .where('e.actor_kind = ?', filter.actorKind)
      .where('e.target_kind = ?', filter.targetKind)
      .where('e.target_id = ?', filter.targetId)
      .where('e.outcome = ?', filter.outcome)
      // Implied by the former, and the condition of audit_events_refused_idx.
      .where(`e.outcome <> 'success' AND ?::text IS NOT NULL`, refusedOnly(filter.outcome))
      .where(`e.reason ILIKE '%' || ?::text || '%'`, filter.reason?.replaceAll(/[\\%_]/g, '\\$&'))
      .where('e.ip = ?', filter.ip)
      .where('e.request_id = ?', filter.requestId)
      .where('e.occurred_at >= ?::timestamptz', filter.from?.toISOString())
      .where('e.occurred_at < ?::timestamptz', filter.to?.toISOString())
      .where('e.sequence >= ?::bigint', filter.sequenceFrom)
      .where('e.sequence <= ?::bigint', filter.sequenceTo)
  );
}

function singleOf(ids: readonly string[] | undefined): string | undefined {
  return ids?.length === 1 ? ids[0] : undefined;
}

function severalOf(ids: readonly string[] | undefined): readonly string[] | undefined {
  return ids === undefined || ids.length === 1 ? undefined : ids;
}

function refusedOnly(outcome: AuditOutcome | undefined): AuditOutcome | undefined {
  return outcome === 'success' ? undefined : outcome;
}
