import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsUUID,
  MaxLength,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsEmailAddress } from '../../common/email.decorator.js';
import { isMoment } from '../../common/moment.decorator.js';
import { lacks, SchemaRule } from '../../common/schema-rule.decorator.js';
import { IsText } from '../../common/text.decorator.js';
import { TokenSelectorDto } from '../../token-rows/selection/token-selector.dto.js';
import { IsReason } from '../../token-rows/dto/reason.decorator.js';

/** RFC 3339, to the millisecond at most. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

const isPreciseMoment = (value: unknown): boolean => isMoment(value) && MOMENT.test(value);

const given = (_: unknown, value: unknown): boolean => value !== undefined;

/**
 * Which tokens are meant, of those that are not revoked: one of business, owner and identity alone; or words of lists, all of
 * which must hold.
 */
@SchemaRule({
  minProperties: 1,
  anyOf: [{ maxProperties: 1 }, lacks('business', 'owner', 'identity')],
})
export class RevocationSelectorDto extends TokenSelectorDto {
  /** Every token of the business. For owners and the platform. */
  @ApiPropertyOptional({ enum: [true] })
  @ValidateIf(given)
  @IsIn([true], { message: 'Input should be true' })
  business?: true;

  /** E-mail of a member: all of their tokens. */
  @ApiPropertyOptional({ format: 'email', maxLength: 320, example: 'ada@example.com' })
  @ValidateIf(given)
  @IsEmailAddress()
  @MaxLength(320, { message: 'String should have at most 320 characters' })
  owner?: string;

  /** Id of a machine identity: all of its tokens. */
  @ApiPropertyOptional({ format: 'uuid' })
  @ValidateIf(given)
  @IsUUID('all', { message: 'Input should be a valid UUID' })
  identity?: string;
}

/** Which tokens are meant: exactly one of these. */
@SchemaRule({ minProperties: 1, maxProperties: 1 })
class PlatformCutOffSelectorDto {
  /** Every token of every business, and of the platform itself: the calling one, too. */
  @ApiPropertyOptional({ enum: [true] })
  @ValidateIf(given)
  @IsIn([true], { message: 'Input should be true' })
  platform?: true;

  /** Id of a pepper: every token that is stored under it. */
  @ApiPropertyOptional({ minLength: 1, maxLength: 8 })
  @ValidateIf(given)
  @IsText({ max: 8 })
  pepper?: string;
}

const HasOneMember = (): PropertyDecorator =>
  ValidateBy({
    name: 'hasOneMember',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        Object.values(value).filter((each) => each !== undefined).length === 1,
      defaultMessage: () => 'Input should be an object with exactly one member',
    },
  });

/** What a selector goes with, and what a plan goes with. */
const SELECTOR_OR_PLAN = {
  oneOf: [
    { required: ['selector', 'reason'], ...lacks('plan', 'if_changed') },
    { required: ['plan'], ...lacks('selector', 'reason', 'issued_before', 'preview') },
  ],
};

abstract class RevocationTermsDto {
  /** Why; kept for good, with every token and in the audit log. With a plan it is that of the plan. */
  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: 1024, example: 'laptop stolen' })
  @ValidateIf(given)
  @IsReason({ example: 'laptop stolen' })
  reason?: string;

  /** What was issued then or before, by the clock of the database: RFC 3339, not in the future. Left out: all that was issued until now. For business, owner and identity. */
  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @ValidateBy({
    name: 'isMoment',
    validator: {
      validate: isPreciseMoment,
      defaultMessage: () => 'Input should be a valid date and time with a time zone',
    },
  })
  issued_before?: string | null;

  /** Revokes nothing, and answers what would be revoked, with a plan to do that. */
  @ApiPropertyOptional({ type: Boolean, default: false })
  @ValidateIf(given)
  @IsBoolean({ message: 'Input should be a valid boolean' })
  preview?: boolean;

  /** The plan of a preview that this token has asked for: revokes what was shown. In the place of selector and reason. */
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @ValidateIf(given)
  @IsUUID('all', { message: 'Input should be a valid UUID' })
  plan?: string;

  /** With a plan: what is done when other tokens are meant now than were shown. `proceed` revokes those of now. */
  @ApiPropertyOptional({ enum: ['refuse', 'proceed'], default: 'refuse' })
  @ValidateIf(given)
  @IsIn(['refuse', 'proceed'], { message: 'Input should be refuse or proceed' })
  if_changed?: 'refuse' | 'proceed';

  /** For the platform, in an emergency: revokes at once where a second person is needed. The log says so. */
  @ApiPropertyOptional({ type: Boolean, default: false })
  @ValidateIf(given)
  @IsBoolean({ message: 'Input should be a valid boolean' })
  break_glass?: boolean;
}

@SchemaRule(SELECTOR_OR_PLAN)
export class RevokeTokensDto extends RevocationTermsDto {
  @ApiPropertyOptional({ type: RevocationSelectorDto, example: { owner: 'ada@example.com' } })
  @ValidateIf(given)
  @IsObject({ message: 'Input should be an object' })
  @ValidateNested({ message: 'Input should be an object' })
  @Type(() => RevocationSelectorDto)
  selector?: RevocationSelectorDto;
}

@SchemaRule(SELECTOR_OR_PLAN)
export class RevokeTokensOfPlatformDto extends RevocationTermsDto {
  @ApiPropertyOptional({ type: PlatformCutOffSelectorDto, example: { pepper: 'p1' } })
  @ValidateIf(given)
  @IsObject({ message: 'Input should be an object' })
  @HasOneMember()
  @ValidateNested({ message: 'Input should be an object' })
  @Type(() => PlatformCutOffSelectorDto)
  selector?: PlatformCutOffSelectorDto;
}

export class DeclineRevocationDto {
  /** Why it is not to be made; kept for good, with the request and in the audit log. */
  @ApiProperty({ minLength: 1, maxLength: 1024, example: 'wrong member' })
  @IsReason({ example: 'wrong member' })
  reason!: string;
}

export class ApproveRevocationDto {
  /** What is done when other tokens are meant now than when it was asked for. `proceed` revokes those of now. */
  @ApiPropertyOptional({ enum: ['refuse', 'proceed'], default: 'refuse' })
  @ValidateIf(given)
  @IsIn(['refuse', 'proceed'], { message: 'Input should be refuse or proceed' })
  if_changed?: 'refuse' | 'proceed';
}
