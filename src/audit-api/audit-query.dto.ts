import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, Matches } from 'class-validator';
import { IsMoment } from '../common/moment.decorator.js';
import { IsQueryInteger } from '../common/integer.decorator.js';
import { IsOneOf, PageQueryDto, ToBoolean } from '../common/page-query.dto.js';
import { IsText } from '../common/text.decorator.js';
import { UUID } from '../common/uuid.pipe.js';
import { ADDRESS_RANGE_PATTERN } from '../verification/trusted-ips.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../log-format/audit-event.js';
import { ACTOR_KINDS, OUTCOMES, TARGET_KINDS } from './audit-event.dto.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import type { ExportFormat } from '../audit/export/exports.js';

const ACTIONS = /^[a-z_]{1,32}\.([a-z_]{1,32}|\*)(,[a-z_]{1,32}\.([a-z_]{1,32}|\*)){0,49}$/;

const AreActions = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String, pattern: ACTIONS.source }),
    IsOptional(),
    Matches(ACTIONS, { message: 'Input should be actions such as token.revoked,member.*' }),
  );

const IsAskedText = (max: number): PropertyDecorator => applyDecorators(IsOptional(), IsText({ max }));

const IsSequence = (): PropertyDecorator => IsQueryInteger({ min: 1, max: 999_999_999 });

/** Filters for events; an event must match all that are given. */
export class AuditFilterDto {
  /** Any of these actions, or all of a kind: `token.revoked`, `token.*,member.removed`. */
  @AreActions()
  action?: string;

  /** None of these actions. */
  @AreActions()
  not_action?: string;

  /** Id or e-mail of who did it, or the person to whom a platform token was issued, exactly as it was given then. */
  @IsAskedText(320)
  actor?: string;

  /** Anybody except this actor. */
  @IsAskedText(320)
  not_actor?: string;

  @IsOneOf(ACTOR_KINDS)
  actor_kind?: AuditActor['kind'];

  @IsOneOf(ACTOR_KINDS)
  not_actor_kind?: AuditActor['kind'];

  @IsOneOf(TARGET_KINDS)
  target_kind?: AuditTarget['kind'];

  @IsOneOf(TARGET_KINDS)
  not_target_kind?: AuditTarget['kind'];

  /** Id of the target. */
  @IsAskedText(255)
  target_id?: string;

  /** A token that was acted on, or that acted. */
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @Matches(UUID, { message: 'Input should be a valid UUID' })
  token_id?: string;

  @IsOneOf(OUTCOMES)
  outcome?: AuditOutcome;

  @IsOneOf(OUTCOMES)
  not_outcome?: AuditOutcome;

  /** Contained in the reason, in any case. */
  @IsAskedText(255)
  reason?: string;

  /** Contained in the JSON of the details, in any case. */
  @IsAskedText(255)
  details?: string;

  /** An address, or a range of them: `203.0.113.7`, `10.0.0.0/8`. */
  @IsAskedText(64)
  @ApiPropertyOptional({ pattern: ADDRESS_RANGE_PATTERN })
  ip?: string;

  /** Not from this address or range. */
  @IsAskedText(64)
  @ApiPropertyOptional({ pattern: ADDRESS_RANGE_PATTERN })
  not_ip?: string;

  @IsAskedText(128)
  request_id?: string;

  /** The id that the caller sent in `x-request-id`. */
  @IsAskedText(128)
  client_request_id?: string;

  /** From this moment on. */
  @IsMoment()
  from?: string;

  /** Before this moment. */
  @IsMoment()
  to?: string;

  /** From this sequence on. */
  @IsSequence()
  sequence_from?: number;

  /** Up to and including this sequence. */
  @IsSequence()
  sequence_to?: number;
}

export class ListEventsDto extends IntersectionType(AuditFilterDto, PageQueryDto) {
  /** By sequence; across businesses by time. */
  @ApiPropertyOptional({ enum: ['newest', 'oldest'], default: 'newest' })
  @IsOptional()
  @IsIn(['newest', 'oldest'], { message: "Input should be 'newest' or 'oldest'" })
  order: 'newest' | 'oldest' = 'newest';

  /** Count all that match, on all pages, up to 10,000. */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  total: boolean = false;
}

/** An id, or one of `words`. */
const NamesLog = (...words: string[]): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      anyOf: [
        { type: 'string', format: 'uuid' },
        { type: 'string', enum: words },
      ],
    }),
    IsOptional(),
    Matches(new RegExp(`${UUID.source}|^(${words.join('|')})$`, 'i'), {
      message: `Input should be a valid UUID or ${words.map((word) => `'${word}'`).join(' or ')}`,
    }),
  );

export class ListEventsAcrossDto extends ListEventsDto {
  /** One business only, or `platform` for the platform's own log. */
  @NamesLog('platform')
  business_id?: string;
}

export class PlatformStreamQueryDto extends AuditFilterDto {
  /**
   * The business whose log to follow. `platform`, the default: the platform's own log. `all`: all logs; filters by
   * sequence, reason, details or ranges of addresses are then refused.
   */
  @NamesLog('platform', 'all')
  business_id?: string;
}

export class SummaryQueryDto {
  /** From this moment on; default: 30 days before the end. */
  @IsMoment()
  from?: string;

  /** Before this moment; default: now. */
  @IsMoment()
  to?: string;
}

/** The same filters as the list. To resume a broken export, ask from the sequence after the last one that arrived. */
export class ExportQueryDto extends AuditFilterDto {
  /** `ndjson` contains its own proof; `csv` is for spreadsheets. */
  @ApiPropertyOptional({ enum: ['ndjson', 'csv'], default: 'ndjson' })
  @IsOptional()
  @IsIn(['ndjson', 'csv'], { message: "Input should be 'ndjson' or 'csv'" })
  format: ExportFormat = 'ndjson';

  /**
   * The size of a checkpoint that you keep. NDJSON can then be compared with it even if events are not shown: before the
   * range, outside the filter, or dropped by retention.
   */
  @IsSequence()
  compare_at?: number;

  /** Answer with a gzip file. Without it the answer is compressed in transit if Accept-Encoding allows it. */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @ToBoolean()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  gzip: boolean = false;
}

export class PlatformExportQueryDto extends ExportQueryDto {
  /**
   * The business whose log is exported. `platform`, the default: the platform's own log. `all`: the events of all logs
   * by time, one on each line, without a proof.
   */
  @IsOptional()
  @Matches(/^(all|platform|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i, {
    message: "Input should be a valid UUID, 'platform' or 'all'",
  })
  business_id?: string;
}

/** The log that a request names: of a business, or of the `platform`; null when it names none. */
export function logIdOf(businessId: string | undefined): string | null {
  return businessId === 'platform' ? PLATFORM_LOG : (businessId?.toLowerCase() ?? null);
}
