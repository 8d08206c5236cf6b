import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { IsEmailAddress } from '../../common/email.decorator.js';
import { IsText } from '../../common/text.decorator.js';

export const LIFETIME_DAYS_DEFAULT = 365;

export class IssueTokenDto {
  /** For people: what the token is used for. */
  @IsText({ max: 255, example: 'deploy pipeline' })
  name!: string;

  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'deploys the shop' })
  description?: string | null;

  /** Days until it expires; null: never. */
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: 365,
    default: LIFETIME_DAYS_DEFAULT,
  })
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(1, { message: 'Input should be greater than or equal to 1' })
  @Max(365, { message: 'Input should be less than or equal to 365' })
  expires_in_days?: number | null;

  /** What it may do; each must be covered by the caller's own. Omitted: the caller's, capped by the owner's role. */
  @ApiPropertyOptional({ type: [String], nullable: true, example: ['jobs:read'] })
  @IsOptional()
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMaxSize(100, { message: 'List should have at most 100 items' })
  @IsString({ each: true, message: 'Input should be a valid string' })
  @MaxLength(128, { each: true, message: 'String should have at most 128 characters' })
  scopes?: string[] | null;

  /** Issue to this member instead of oneself (owners, admins and the platform only). */
  @ApiPropertyOptional({ type: String, nullable: true, format: 'email', example: 'ada@example.com' })
  @IsOptional()
  @IsEmailAddress()
  @MaxLength(320, { message: 'String should have at most 320 characters' })
  owner_email?: string | null;

  /** Issue to this machine identity instead of oneself (owners, admins and the platform only). */
  @ApiPropertyOptional({ type: String, nullable: true, format: 'uuid' })
  @IsOptional()
  @IsUUID('all', { message: 'Input should be a valid UUID' })
  identity_id?: string | null;
}
