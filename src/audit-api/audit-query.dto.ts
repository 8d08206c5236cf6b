import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Matches, Min } from 'class-validator';
import { IsMoment } from '../common/moment.decorator.js';
import { PageQueryDto, ToBoolean, ToInteger } from '../common/page-query.dto.js';
import { IsText } from '../common/text.decorator.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../audit/trail/audit-event.js';
import { ACTOR_KINDS, OUTCOMES, TARGET_KINDS } from './audit-event.dto.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ACTIONS = /^[a-z_]{1,32}\.([a-z_]{1,32}|\*)(,[a-z_]{1,32}\.([a-z_]{1,32}|\*)){0,49}$/;

const AreActions = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String }),
    IsOptional(),
    Matches(ACTIONS, { message: 'Input should be actions such as token.revoked,member.*' }),
  );

const IsOneOf = (values: readonly string[]): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ enum: values }),
    IsOptional(),
    IsIn(values, { message: `Input should be one of ${values.join(', ')}` }),
  );

export const IsSequence = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 1 }),
    IsOptional(),
    ToInteger(),
    IsInt({ message: 'Input should be a valid integer' }),
    Min(1, { message: 'Input should be greater than or equal to 1' }),
  );

/** Filters for events; an event must match all that are given. */
export class AuditFilterDto {
  /** Any of these actions, or all of a kind: `token.revoked`, `token.*,member.removed`. */
  @AreActions()
  action?: string;

  /** None of these actions. */
  @AreActions()
  not_action?: string;

  /** Id or e-mail of who did it, or the person to whom a platform token was issued, exactly as it was given then. */
  @IsOptional()
  @IsText({ max: 320 })
  actor?: string;

  /** Anybody except this actor. */
  @IsOptional()
  @IsText({ max: 320 })
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
  @IsOptional()
  @IsText({ max: 255 })
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
  @IsOptional()
  @IsText({ max: 255 })
  reason?: string;

  /** Contained in the JSON of the details, in any case. */
  @IsOptional()
  @IsText({ max: 255 })
  details?: string;

  /** An address, or a range of them: `203.0.113.7`, `10.0.0.0/8`. */
  @IsOptional()
  @IsText({ max: 64 })
  ip?: string;

  /** Not from this address or range. */
  @IsOptional()
  @IsText({ max: 64 })
  not_ip?: string;

  @IsOptional()
  @IsText({ max: 128 })
  request_id?: string;

  /** The id that the caller sent in `x-request-id`. */
  @IsOptional()
  @IsText({ max: 128 })
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

const NamesLog = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String }),
    IsOptional(),
    Matches(/^(platform|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i, {
      message: "Input should be a valid UUID or 'platform'",
    }),
  );

export class ListEventsAcrossDto extends ListEventsDto {
  /** One business only, or `platform` for the platform's own log. */
  @NamesLog()
  business_id?: string;
}

export class PlatformStreamQueryDto extends AuditFilterDto {
  /**
   * The business whose log to follow. `platform`, the default: the platform's own log. `all`: all logs; filters by
   * sequence, reason, details or ranges of addresses are then refused.
   */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(/^(all|platform|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i, {
    message: "Input should be a valid UUID, 'platform' or 'all'",
  })
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
