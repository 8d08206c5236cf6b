import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { IsQueryInteger } from '../common/integer.decorator.js';
import { IsOneOf } from '../common/page-query.dto.js';
import { TokenInfoDto, TokenOwnerDto } from '../token-rows/dto/token-info.dto.js';
import { AskedScopeDto } from '../insight/usage/usage.dto.js';

const FINDINGS = ['never_expires', 'unused', 'owners_with_many', 'over_scoped'] as const;
export type Finding = (typeof FINDINGS)[number];

export class HygieneQueryDto {
  /** One finding alone; omitted: all of them. */
  @IsOneOf(FINDINGS)
  finding?: Finding;

  /** `next_cursor` of an earlier page of that finding. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  cursor?: string;

  /** Items of each finding. */
  @IsQueryInteger({ min: 1, max: 200, default: 20 })
  limit: number = 20;

  /** After so many days without a use a token is unused; omitted: as the policy of the business has it, or 90. */
  @IsQueryInteger({ min: 1, max: 3650 })
  unused_days?: number;

  /** Of a token that was asked for a scope so many days ago for the first time, it is told which of its scopes it never was. */
  @IsQueryInteger({ min: 1, max: 3650, default: 30 })
  asked_days: number = 30;

  /** So many active tokens are many. */
  @IsQueryInteger({ min: 1, max: 1000, default: 10 })
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
