import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, ValidateIf } from 'class-validator';
import { IsInteger } from '../../common/integer.decorator.js';
import type { TokenPolicy } from '../../directory/businesses/business.entity.js';

const DAYS_MAX = 3650;

/** A change of the policy for the lifetime of a business's tokens. */
export class ChangeTokenPolicyDto {
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
