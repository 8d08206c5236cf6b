import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { IsText } from '../../common/text.decorator.js';
import { IsExternalId, IsMetadata } from '../metadata/metadata.decorator.js';
import { IsReason } from './reason.decorator.js';

/** What is left out stays; null: nothing. */
export class ChangeTokenDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'deploy pipeline (eu)' })
  name?: string;

  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'deploys the shop' })
  description?: string | null;

  /** What your product calls whom or what it is for, such as its own customer. Part of verdicts; tokens are found by it. No secret. */
  @IsExternalId()
  external_id?: string | null;

  /**
   * What your product notes on it, in the place of all that was noted before: an object of JSON of up to 4096 bytes, part of verdicts. Tokens are found by the names at its top whose values are
   * texts (of up to 255 characters), numbers or booleans. Never a secret: everybody who may read or verify the token reads it.
   */
  @IsMetadata()
  metadata?: Record<string, unknown> | null;
}

export class RotateTokenDto {
  /** Seconds for which the old secret stays good, never past its own expiry. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 604800, default: 0 })
  @IsOptional()
  @IsInt({ message: 'Input should be a valid integer' })
  @Min(0, { message: 'Input should be greater than or equal to 0' })
  @Max(604800, { message: 'Input should be less than or equal to 604800' })
  grace_seconds?: number | null;
}

/** Members that it does not know are ignored: an emergency is no time to be strict. */
@IgnoresUnknown()
export class RevokeTokenDto {
  /** Why; kept for good, in the token's record and in the audit log. */
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'left the company' })
  reason?: string | null;

  /** Also revoke the tokens that rotations put in its place. Unless said: when the reason is `leaked` or begins so. */
  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  successors?: boolean | null;

  /** Also revoke the tokens that were issued with it, and so on. Unless said: when the reason is `leaked` or begins so. */
  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  children?: boolean | null;
}
