import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { ToInteger } from '../common/page-query.dto.js';
import { TokenInfoDto, TokenOwnerDto } from '../tokens/dto/token-info.dto.js';
import { AskedScopeDto } from '../tokens/usage/usage.dto.js';

const FINDINGS = ['never_expires', 'unused', 'owners_with_many', 'over_scoped'] as const;
export type Finding = (typeof FINDINGS)[number];

const WHOLE = { message: 'Input should be a valid integer' };
const AT_LEAST_1 = { message: 'Input should be greater than or equal to 1' };

export class HygieneQueryDto {
  /** One finding alone; omitted: all of them. */
  @ApiPropertyOptional({ enum: FINDINGS })
  @IsOptional()
  @IsIn(FINDINGS, { message: `Input should be one of ${FINDINGS.join(', ')}` })
  finding?: Finding;

  /** `next_cursor` of an earlier page of that finding. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  cursor?: string;

  /** Items of each finding. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 20 })
  @IsOptional()
  @ToInteger()
  @IsInt(WHOLE)
  @Min(1, AT_LEAST_1)
  @Max(200, { message: 'Input should be less than or equal to 200' })
  limit: number = 20;

  /** After so many days without a use a token is unused; omitted: as the policy of the business has it, or 90. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 3650 })
  @IsOptional()
  @ToInteger()
  @IsInt(WHOLE)
  @Min(1, AT_LEAST_1)
  @Max(3650, { message: 'Input should be less than or equal to 3650' })
  unused_days?: number;

  /** Of a token that was asked for a scope so many days ago for the first time, it is told which of its scopes it never was. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 3650, default: 30 })
  @IsOptional()
  @ToInteger()
  @IsInt(WHOLE)
  @Min(1, AT_LEAST_1)
  @Max(3650, { message: 'Input should be less than or equal to 3650' })
  asked_days: number = 30;

  /** So many active tokens are many. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 10 })
  @IsOptional()
  @ToInteger()
  @IsInt(WHOLE)
  @Min(1, AT_LEAST_1)
  @Max(1000, { message: 'Input should be less than or equal to 1000' })
  owner_tokens_min: number = 10;
}

/** Where a finding goes on. */
abstract class FindingDto {
  /** null: these are the last. A page may have fewer items than were asked for, and go on all the same. */
  @ApiProperty({ type: String, nullable: true, example: null })
  next_cursor!: string | null;
}

export class HygieneTokensDto extends FindingDto {
  items!: TokenInfoDto[];
}

class OwnerWithManyDto {
  owner!: TokenOwnerDto;

  /** Among the newest 1,000 of them. */
  @ApiProperty({ type: 'integer', example: 37 })
  active_tokens!: number;

  /** Whether there are older ones that were not counted. */
  has_older!: boolean;
}

export class HygieneOwnersDto extends FindingDto {
  items!: OwnerWithManyDto[];
}

/** Whether it can do without. `unknown`: it was also good where nobody said which scopes that took. */
const OVER_SCOPED = ['over_scoped', 'unknown'] as const;

export class OverScopedTokenDto {
  token!: TokenInfoDto;

  @ApiProperty({ enum: OVER_SCOPED, example: 'over_scoped' })
  status!: (typeof OVER_SCOPED)[number];

  /** Those that it carries, and that no good verdict since `known_since` asked for by that name. */
  @ApiProperty({ type: [String], example: ['orders:write'] })
  unused_scopes!: string[];

  /** What good verdicts asked for, the last asked for first: what it can do without the others. */
  asked_scopes!: AskedScopeDto[];

  /** When a good verdict on it first asked for a scope, as far as it was recorded. What was before is not known. */
  @ApiProperty({ format: 'date-time', example: '2026-06-02T10:01:44.000Z' })
  known_since!: string;

  /**
   * When it was last good where nobody said which scopes that took (a verification without `scopes`, introspection, an older
   * client verifier); null: never since then. To the hour.
   */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  scopes_unsaid_at!: string | null;
}

export class HygieneScopesDto extends FindingDto {
  /** How many there are among the newest 1,000 tokens. */
  @ApiProperty({ type: 'integer', example: 12 })
  count!: number;

  /** Whether there are older tokens that were not counted. */
  has_older!: boolean;

  items!: OverScopedTokenDto[];
}

export class HygieneReportDto {
  /** After so many days without a use a token is unused here. */
  @ApiProperty({ type: 'integer', example: 90 })
  unused_days!: number;

  /** So many active tokens are many here. */
  @ApiProperty({ type: 'integer', example: 10 })
  owner_tokens_min!: number;

  /** So many days ago at least a token was first asked for a scope that is called over-scoped here. */
  @ApiProperty({ type: 'integer', example: 30 })
  asked_days!: number;

  /** Active tokens that never expire, newest first; absent: not asked for. */
  @ApiPropertyOptional()
  never_expires?: HygieneTokensDto;

  /** Active tokens that nobody has used for so many days: the never used first, then from the longest unused on; absent: not asked for. */
  @ApiPropertyOptional()
  unused?: HygieneTokensDto;

  /** Members, then identities, with that many active tokens, oldest owner first; absent: not asked for. */
  @ApiPropertyOptional()
  owners_with_many?: HygieneOwnersDto;

  /**
   * Active tokens with scopes that no verdict asked for, newest first; those of which no verdict ever asked for a scope are not among them.
   * null: usage is not recorded (RESCIND_USAGE); absent: not asked for.
   */
  @ApiPropertyOptional({ type: HygieneScopesDto, nullable: true })
  over_scoped?: HygieneScopesDto | null;
}
