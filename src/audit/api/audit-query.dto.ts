import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Matches, Min } from 'class-validator';
import { IntegerWord, PageQueryDto } from '../../common/page-query.dto.js';
import { IsText } from '../../common/text.decorator.js';
import type { AuditActor, AuditOutcome, AuditTarget } from '../trail/audit-event.js';
import { ACTOR_KINDS, OUTCOMES, TARGET_KINDS } from './audit-event.dto.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ACTION = /^[a-z_]{1,32}\.([a-z_]{1,32}|\*)$/;
/** RFC 3339, or a UTC day. */
const MOMENT =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/;

const IsOneOf = (values: readonly string[]): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ enum: values }),
    IsOptional(),
    IsIn(values, { message: `Input should be one of ${values.join(', ')}` }),
  );

const IsMoment = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ example: '2026-01-31T00:00:00Z' }),
    IsOptional(),
    Matches(MOMENT, { message: 'Input should be a date or an RFC 3339 date-time' }),
  );

export const IsSequence = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 1 }),
    IsOptional(),
    IntegerWord(),
    IsInt({ message: 'Input should be a valid integer' }),
    Min(1, { message: 'Input should be greater than or equal to 1' }),
  );

/** Which events; all that is given must hold. */
export class AuditFilterDto {
  /** One action, or all of a kind: `token.revoked`, `token.*`. */
  @ApiPropertyOptional({ example: 'token.*' })
  @IsOptional()
  @Matches(ACTION, { message: 'Input should be an action such as token.revoked, or token.*' })
  action?: string;

  /** Id or e-mail of who did it. */
  @IsOptional()
  @IsText({ max: 320, example: 'ada@example.com' })
  actor?: string;

  @IsOneOf(ACTOR_KINDS)
  actor_kind?: AuditActor['kind'];

  @IsOneOf(TARGET_KINDS)
  target_kind?: AuditTarget['kind'];

  /** Id of what it was done to. */
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

  /** Contained in the reason, in any case. */
  @IsOptional()
  @IsText({ max: 255, example: 'stolen' })
  reason?: string;

  @IsOptional()
  @IsText({ max: 64, example: '203.0.113.7' })
  ip?: string;

  @IsOptional()
  @IsText({ max: 128 })
  request_id?: string;

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
}

export class ListEventsAcrossDto extends ListEventsDto {
  /** One business only, or `platform` for the platform's own log. */
  @ApiPropertyOptional({ example: 'platform' })
  @IsOptional()
  @Matches(/^(platform|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i, {
    message: "Input should be a valid UUID or 'platform'",
  })
  business_id?: string;
}

export class SummaryQueryDto {
  /** From this moment on; 30 days before the end unless given. */
  @IsMoment()
  from?: string;

  /** Before this moment; now unless given. */
  @IsMoment()
  to?: string;
}
