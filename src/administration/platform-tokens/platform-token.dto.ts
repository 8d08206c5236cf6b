import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { IsText } from '../../common/text.decorator.js';
import { TokenInfoDto } from '../../tokens/dto/token-info.dto.js';
import { PLATFORM_ADMIN, PLATFORM_TOKEN_SCOPES } from '../../verification/scopes.js';
import { IsReason } from '../../tokens/dto/reason.decorator.js';

/** Most may do everything, so they had better not be forgotten. */
export const PLATFORM_LIFETIME_DAYS_DEFAULT = 90;

export class IssuePlatformTokenDto {
  @IsText({ max: 255, example: 'provisioning' })
  name!: string;

  /**
   * What it may do. `rescind:tokens:verify` alone is for back ends: it may judge secrets of every business, and do nothing else
   * in any. `rescind:platform:admin`, the default, may do everything.
   */
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', enum: [...PLATFORM_TOKEN_SCOPES] },
    minItems: 1,
    maxItems: PLATFORM_TOKEN_SCOPES.length,
    uniqueItems: true,
    nullable: true,
    default: [PLATFORM_ADMIN],
  })
  @IsOptional()
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayNotEmpty({ message: 'List should have at least 1 item' })
  @ArrayUnique({ message: 'List should have each item once' })
  @IsIn(PLATFORM_TOKEN_SCOPES, {
    each: true,
    message: `Input should be ${PLATFORM_TOKEN_SCOPES.map((scope) => `'${scope}'`).join(' or ')}: other scopes are for tokens of a business`,
  })
  scopes?: string[] | null;

  /**
   * The person who will hold it, by name or e-mail; it cannot be changed later. What the token does is recorded under
   * that name. Without it the log says `platform`.
   */
  @IsOptional()
  @IsText({ max: 320, nullable: true, example: 'grace@example.com' })
  issued_to?: string | null;

  /** Days until it expires, and with it all platform tokens that it has issued; null: never. */
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: 365,
    default: PLATFORM_LIFETIME_DAYS_DEFAULT,
  })
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(1, { message: 'Input should be greater than or equal to 1' })
  @Max(365, { message: 'Input should be less than or equal to 365' })
  expires_in_days?: number | null;
}

export class RevokePlatformTokenDto {
  /** Why; kept for good, in the token's record and in the audit log. */
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'left the company' })
  reason?: string | null;

  /**
   * Also revoke every token that was issued with it, in all businesses, and so on. Only on request, whatever the reason.
   */
  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false })
  @IsOptional()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  children?: boolean | null;
}

export class PlatformTokenListDto {
  @ApiProperty({ type: [TokenInfoDto] })
  items!: TokenInfoDto[];
}
