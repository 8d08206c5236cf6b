import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/errors/domain-error.js';
import { isUuid } from '../../common/uuid.pipe.js';
import { MembersRepository } from '../../members/members.repository.js';
import { SECRET_LENGTH_MAX } from '../../secrets/secret-format.js';
import type { AuditFilter } from '../reading/audit-filter.js';
import { AUDIT_ACTIONS } from '../trail/audit-action.js';
import type { AuditFilterDto } from './audit-query.dto.js';

const FILTER_NAMES = [
  'business_id',
  'action',
  'actor',
  'actor_kind',
  'target_kind',
  'target_id',
  'token_id',
  'outcome',
  'reason',
  'ip',
  'request_id',
  'from',
  'to',
  'sequence_from',
  'sequence_to',
] as const;

/** Turns the filters of a request into those of the log. */
@Injectable()
export class AuditFilterReader {
  constructor(private readonly members: MembersRepository) {}

  /** @param businessId null: all businesses */
  async read(businessId: string | null, query: AuditFilterDto): Promise<AuditFilter> {
    return {
      ...(query.action === undefined ? {} : { actions: actionsOf(query.action) }),
      ...(query.actor === undefined ? {} : { actorIds: await this.actorsOf(businessId, query.actor) }),
      ...(query.actor_kind === undefined ? {} : { actorKind: query.actor_kind }),
      ...(query.target_kind === undefined ? {} : { targetKind: query.target_kind }),
      ...(query.target_id === undefined ? {} : { targetId: query.target_id }),
      ...(query.token_id === undefined ? {} : { tokenId: query.token_id.toLowerCase() }),
      ...(query.outcome === undefined ? {} : { outcome: query.outcome }),
      ...(query.reason === undefined ? {} : { reason: query.reason }),
      ...(query.ip === undefined ? {} : { ip: query.ip }),
      ...(query.request_id === undefined ? {} : { requestId: query.request_id }),
      ...(query.from === undefined ? {} : { from: momentOf('from', query.from) }),
      ...(query.to === undefined ? {} : { to: momentOf('to', query.to) }),
      ...(query.sequence_from === undefined ? {} : { sequenceFrom: query.sequence_from }),
      ...(query.sequence_to === undefined ? {} : { sequenceTo: query.sequence_to }),
    };
  }

  private async actorsOf(businessId: string | null, actor: string): Promise<string[]> {
    return isUuid(actor) ? [actor.toLowerCase()] : this.members.idsEverOf(businessId, actor.toLowerCase());
  }
}

/** `token.*` as the actions it stands for; an unknown action matches nothing. */
function actionsOf(pattern: string): AuditFilter['actions'] {
  const prefix = pattern.endsWith('.*') ? pattern.slice(0, -1) : null;
  return AUDIT_ACTIONS.filter((action) => (prefix === null ? action === pattern : action.startsWith(prefix)));
}

/** @throws DomainError `input.invalid` for a day that the calendar does not have */
export function momentOf(name: string, text: string): Date {
  const moment = new Date(text);
  const isOfCalendar =
    !Number.isNaN(moment.getTime()) &&
    new Date(text.slice(0, 10)).toISOString().startsWith(text.slice(0, 10));
  if (!isOfCalendar) {
    throw new DomainError('input.invalid', 'The input is not valid.', {
      issues: [
        {
          loc: ['query', name],
          msg: 'Input should be a date or an RFC 3339 date-time',
          type: 'datetime_parsing',
        },
      ],
    });
  }
  return moment;
}

const DESCRIPTION_LENGTH_MAX = 500;

/**
 * The filters in use as a query string, for the record of who looked for what. Whatever could be a secret is left
 * out: people paste them into search fields (R8).
 */
export function describeFilter(query: object): string {
  const used = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = (query as Record<string, unknown>)[name];
    if (typeof value === 'string' || typeof value === 'number') used.set(name, withoutSecrets(String(value)));
  }
  return used.toString().slice(0, DESCRIPTION_LENGTH_MAX);
}

const LIKE_A_SECRET = new RegExp(`[A-Za-z0-9_]{40,${SECRET_LENGTH_MAX}}`, 'g');

function withoutSecrets(value: string): string {
  return value.replaceAll(LIKE_A_SECRET, '[redacted]');
}
