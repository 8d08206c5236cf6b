import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, ValidateIf } from 'class-validator';
import { PageDto } from '../../common/page.dto.js';
import { IsText } from '../../common/text.decorator.js';
import type { Business, BusinessStatus } from '../../businesses/business.entity.js';
import { PREFIX_PATTERN } from '../../secrets/secret-format.js';

const SLUG_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SLUG_MESSAGE = 'Input should be 1 to 63 of a-z, 0-9 and inner hyphens';
const PREFIX_MESSAGE = 'Input should be 2 to 12 of a-z and 0-9, a letter first';

export class CreateBusinessDto {
  @IsText({ max: 255, example: 'Acme' })
  name!: string;

  /** Short name for addresses; made from the name when omitted. */
  @ApiPropertyOptional({ type: String, nullable: true, pattern: SLUG_PATTERN.source, example: 'acme' })
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  @Matches(SLUG_PATTERN, { message: SLUG_MESSAGE })
  slug?: string | null;

  /** What the secrets of this business begin with. */
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    pattern: PREFIX_PATTERN.source,
    default: 'dz',
    example: 'acme',
  })
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  @Matches(PREFIX_PATTERN, { message: PREFIX_MESSAGE })
  token_prefix?: string | null;
}

export class ChangeBusinessDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'Acme' })
  name?: string;

  @ApiPropertyOptional({ type: String, pattern: SLUG_PATTERN.source, example: 'acme' })
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: 'Input should be a valid string' })
  @Matches(SLUG_PATTERN, { message: SLUG_MESSAGE })
  slug?: string;

  /** For secrets issued from now on. */
  @ApiPropertyOptional({ type: String, pattern: PREFIX_PATTERN.source, example: 'acme' })
  @ValidateIf((_, value) => value !== undefined)
  @IsString({ message: 'Input should be a valid string' })
  @Matches(PREFIX_PATTERN, { message: PREFIX_MESSAGE })
  token_prefix?: string;
}

export class SuspendBusinessDto {
  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'unpaid' })
  reason?: string | null;
}

export class BusinessDto {
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
      created_at: business.createdAt.toISOString(),
      updated_at: business.updatedAt.toISOString(),
    };
  }
}

export class BusinessPageDto extends PageDto {
  items!: BusinessDto[];
}
