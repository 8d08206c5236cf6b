import { Injectable } from '@nestjs/common';
import { refusal } from '../common/errors/domain-error.js';
import { isUuid } from '../common/uuid.pipe.js';
import { MembersRepository } from '../directory/members/members.repository.js';
import { parseAddressRange } from '../verification/trusted-ips.js';
import type { AuditFilter } from '../audit/reading/audit-filter.js';
import { AUDIT_ACTIONS } from '../log-format/audit-action.js';
import type { AuditFilterDto } from './audit-query.dto.js';

const FILTER_NAMES = [
  'business_id',
  'action',
  'not_action',
  'actor',
  'not_actor',
  'actor_kind',
  'not_actor_kind',
  'target_kind',
  'not_target_kind',
  'target_id',
  'token_id',
  'outcome',
  'not_outcome',
  'reason',
  'details',
  'ip',
  'not_ip',
  'request_id',
  'client_request_id',
  'from',
  'to',
  'sequence_from',
  'sequence_to',
] as const;

/** Makes filters of the log from the filters of a request. */
@Injectable()
export class AuditFilterReader {
  constructor(private readonly members: MembersRepository) {}

  /** @param businessId null: all businesses */
  async read(businessId: string | null, query: AuditFilterDto): Promise<AuditFilter> {
    const { action, not_action: notAction, actor, not_actor: notActor } = query;
    return stripped({
      actions: action === undefined && notAction === undefined ? undefined : actionsOf(action, notAction),
      ...(actor === undefined ? {} : await this.actorOf(businessId, actor)),
      ...(notActor === undefined ? {} : negated(await this.actorOf(businessId, notActor))),
      actorKind: query.actor_kind,
      notActorKind: query.not_actor_kind,
      targetKind: query.target_kind,
      notTargetKind: query.not_target_kind,
      targetId: query.target_id,
      tokenId: query.token_id?.toLowerCase(),
      outcome: query.outcome,
      notOutcome: query.not_outcome,
      reason: query.reason,
      details: query.details,
      ...(query.ip?.includes('/') === true ? { ipRange: rangeOf('ip', query.ip) } : { ip: query.ip }),
      notIpRange: query.not_ip === undefined ? undefined : rangeOf('not_ip', query.not_ip),
      requestId: query.request_id,
      clientRequestId: query.client_request_id,
      from: parseTimestamp(query.from),
      to: parseTimestamp(query.to),
      sequenceFrom: query.sequence_from,
      sequenceTo: query.sequence_to,
    });
  }

  private async actorOf(
    businessId: string | null,
    actor: string,
  ): Promise<Pick<AuditFilter, 'actorIds' | 'actorPerson'>> {
    if (isUuid(actor)) return { actorIds: [actor.toLowerCase()] };
    return {
      actorIds: await this.members.idsEverOf(businessId, actor.toLowerCase()),
      actorPerson: actor,
    };
  }
}

type Undefinable<Type> = { [Name in keyof Type]: Type[Name] | undefined };

/** The object without undefined members. */
function stripped(filter: Undefinable<AuditFilter>): AuditFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function negated({ actorIds = [], actorPerson }: AuditFilter): Undefinable<AuditFilter> {
  return { notActorIds: actorIds, notActorPerson: actorPerson };
}

/**
 * The actions that match the wanted patterns (all by default), except those that match the others; unknown actions
 * match none.
 */
function actionsOf(wanted: string | undefined, unwanted: string | undefined): AuditFilter['actions'] {
  return AUDIT_ACTIONS.filter(
    (action) =>
      (wanted === undefined || isOf(wanted, action)) && !(unwanted !== undefined && isOf(unwanted, action)),
  );
}

/** @param patterns such as `token.*,member.removed` */
function isOf(patterns: string, action: string): boolean {
  return patterns
    .split(',')
    .some((pattern) =>
      pattern.endsWith('.*') ? action.startsWith(pattern.slice(0, -1)) : action === pattern,
    );
}

/** @throws DomainError `input.invalid` for what is neither an address nor a CIDR */
function rangeOf(name: string, text: string): string {
  if (parseAddressRange(text) !== null) return text;
  throw refusal('input.invalid', {
    issues: [{ loc: ['query', name], msg: 'Input should be an address or a CIDR', type: 'ip_any_network' }],
  });
}

function parseTimestamp(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

const DESCRIPTION_LENGTH_MAX = 500;

/**
 * The filters as a query string, for the record of the read. Whatever could be a secret is left out: people paste
 * secrets into search fields (R8).
 */
export function describeFilter(query: object): string {
  const used = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = (query as Record<string, unknown>)[name];
    if (typeof value === 'string' || typeof value === 'number') used.set(name, withoutSecrets(String(value)));
  }
  return used.toString().slice(0, DESCRIPTION_LENGTH_MAX);
}

/** A secret in any form, also one that an operator chose, and anything of that length; ids are no secrets. */
const LIKE_A_SECRET = /[A-Za-z0-9_-]{32,}/g;

function withoutSecrets(value: string): string {
  return value.replaceAll(LIKE_A_SECRET, (word) => (isUuid(word) ? word : '[redacted]'));
}
