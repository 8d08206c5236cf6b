import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Matches, ValidateIf } from 'class-validator';
import { IsInteger } from '../../common/integer.decorator.js';
import { PageDto } from '../../common/page.dto.js';
import { PageQueryDto } from '../../common/page-query.dto.js';
import { IsText } from '../../common/text.decorator.js';
import type {
  Business,
  BusinessStatus,
  LeakPolicy,
  TokenPolicy,
} from '../../directory/businesses/business.entity.js';
import { PREFIX_PATTERN } from '../../secrets/secret-format.js';
import { IsReason } from '../../token-rows/dto/reason.decorator.js';

const DAYS_MAX = 3650;

/** A change of the policy for the lifetime of a business's tokens. */
class ChangeTokenPolicyDto {
  /**
   * The maximum lifetime of a token in days, from its issue; null: any. Applies to tokens that are issued, rotated or
   * renewed from now on, in every dialect. Existing tokens keep their expiry.
   */
  @IsOptional()
  @IsInteger({ nullable: true, min: 1, max: DAYS_MAX })
  token_lifetime_days_max?: number | null;

  /** Whether every token that is issued from now on must have an expiry. */
  @ApiPropertyOptional()
  @ValidateIf((_, value) => value !== undefined)
  @IsBoolean({ message: 'Input should be a valid boolean' })
  token_expiry_required?: boolean;

  /**
   * Tokens that nobody has used for so many days are revoked, after a warning in the log (`token.unused`); null: none
   * is.
   */
  @IsOptional()
  @IsInteger({ nullable: true, min: 2, max: DAYS_MAX })
  token_unused_days_max?: number | null;

  /** How many days before that the warning is recorded; fewer than `token_unused_days_max`. */
  @ValidateIf((_, value) => value !== undefined)
  @IsInteger({ min: 1, max: DAYS_MAX })
  token_unused_notice_days?: number;

  /** The age in days at which a token is due for rotation, which is recorded (`token.rotation_due`); null: never. */
  @IsOptional()
  @IsInteger({ nullable: true, min: 1, max: DAYS_MAX })
  token_rotation_days?: number | null;
}

/** The policy for the lifetime of a business's tokens. */
export class TokenPolicyDto {
  /** The maximum lifetime of a token in days; null: any. */
  @ApiProperty({ type: 'integer', nullable: true, example: 90 })
  token_lifetime_days_max!: number | null;

  /** Whether every token must have an expiry. */
  token_expiry_required!: boolean;

  /** Tokens that nobody has used for so many days are revoked; null: none is. */
  @ApiProperty({ type: 'integer', nullable: true, example: 180 })
  token_unused_days_max!: number | null;

  /** How many days before that the warning is recorded. */
  @ApiProperty({ type: 'integer', example: 7 })
  token_unused_notice_days!: number;

  /** The age in days at which a token is due for rotation; null: never. */
  @ApiProperty({ type: 'integer', nullable: true, example: 60 })
  token_rotation_days!: number | null;

  static policyOf(policy: TokenPolicy): TokenPolicyDto {
    return {
      token_lifetime_days_max: policy.tokenLifetimeDaysMax,
      token_expiry_required: policy.tokenExpiryRequired,
      token_unused_days_max: policy.tokenUnusedDaysMax,
      token_unused_notice_days: policy.tokenUnusedNoticeDays,
      token_rotation_days: policy.tokenRotationDays,
    };
  }
}

const SLUG_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SLUG_MESSAGE = 'Input should be 1 to 63 of a-z, 0-9 and inner hyphens';
const LEAK_POLICIES: LeakPolicy[] = ['revoke', 'notify'];
const PREFIX_MESSAGE = 'Input should be 2 to 12 of a-z and 0-9, a letter first';

export class CreateBusinessDto {
  @IsText({ max: 255, example: 'Acme' })
  name!: string;

  /** Short name for URLs; made from the name when omitted. */
  @ApiPropertyOptional({ type: String, nullable: true, pattern: SLUG_PATTERN.source })
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  @Matches(SLUG_PATTERN, { message: SLUG_MESSAGE })
  slug?: string | null;

  /** Prefix of the secrets of this business. */
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    pattern: PREFIX_PATTERN.source,
    default: 'dz',
  })
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  @Matches(PREFIX_PATTERN, { message: PREFIX_MESSAGE })
  token_prefix?: string | null;
}

export class ChangeBusinessDto extends ChangeTokenPolicyDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'Acme' })
  name?: string;

  @ApiPropertyOptional({ type: String, pattern: SLUG_PATTERN.source })
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: 'Input should be a valid string' })
  @Matches(SLUG_PATTERN, { message: SLUG_MESSAGE })
  slug?: string;

  /** Prefix of secrets that are issued from now on. */
  @ApiPropertyOptional({ type: String, pattern: PREFIX_PATTERN.source })
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: 'Input should be a valid string' })
  @Matches(PREFIX_PATTERN, { message: PREFIX_MESSAGE })
  token_prefix?: string;

  /** What happens to a token whose secret was reported as leaked: it is revoked, or the report is only recorded. */
  @ApiPropertyOptional({ enum: LEAK_POLICIES })
  @ValidateIf((_, value) => value !== undefined)
  @IsIn(LEAK_POLICIES, { message: 'Input should be revoke or notify' })
  leak_policy?: LeakPolicy;

  /** A revocation that brings what one person has revoked by selectors within 24 hours above this waits for a second administrator; null: none does. */
  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsInteger({ min: 0, max: 2147483647, nullable: true })
  approval_above?: number | null;
}

export class SuspendBusinessDto {
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'unpaid' })
  reason?: string | null;
}

export class BusinessDto extends TokenPolicyDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Acme' })
  name!: string;

  @ApiProperty({ example: 'acme' })
  slug!: string;

  @ApiProperty({ enum: ['active', 'suspended'] })
  status!: BusinessStatus;

  @ApiProperty({ example: 'dz' })
  token_prefix!: string;

  @ApiProperty({ enum: LEAK_POLICIES })
  leak_policy!: LeakPolicy;

  /** A revocation that brings what one person has revoked by selectors within 24 hours above this waits for a second administrator; null: none does. */
  @ApiProperty({ type: 'integer', nullable: true })
  approval_above!: number | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  static from(business: Business): BusinessDto {
    return {
      id: business.id,
      name: business.name,
      slug: business.slug,
      status: business.status,
      token_prefix: business.tokenPrefix,
      leak_policy: business.leakPolicy,
      ...TokenPolicyDto.policyOf(business),
      approval_above: business.approvalAbove,
      created_at: business.createdAt.toISOString(),
      updated_at: business.updatedAt.toISOString(),
    };
  }
}

export class BusinessPageDto extends PageDto {
  items!: BusinessDto[];
}

export class ListBusinessesDto extends PageQueryDto {
  /** Contained in the name, in any case. */
  @IsOptional()
  @IsText({ max: 255 })
  name?: string;

  /** With this slug. */
  @IsOptional()
  @IsText({ max: 63 })
  slug?: string;
}
