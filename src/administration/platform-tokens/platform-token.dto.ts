import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  ValidateIf,
} from 'class-validator';
import { IsInteger } from '../../common/integer.decorator.js';
import { IsText } from '../../common/text.decorator.js';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';
import { PLATFORM_ADMIN, PLATFORM_TOKEN_SCOPES } from '../../verification/scopes.js';
import { IsReason } from '../../token-rows/dto/reason.decorator.js';

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
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @IsInteger({ nullable: true, min: 1, max: 365, default: PLATFORM_LIFETIME_DAYS_DEFAULT })
  expires_in_days?: number | null;
}

export class RevokePlatformTokenDto {
  /** Why; kept for good, in the token's record and in the audit log. */
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'left the company' })
  reason?: string | null;

  /**
   * Also revoke every token that was issued with it, in all businesses, and so on, and end what any of them made: accounts that
   * they linked, members whom nobody else vouches for, lines of role mappings. Only on request, whatever the reason.
   */
  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false })
  @IsOptional()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  children?: boolean | null;
}

export class PlatformTokenListDto {
  items!: TokenInfoDto[];
}
