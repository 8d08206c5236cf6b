import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';
import { IsText } from '../../common/text.decorator.js';

export class RenameTokenDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'deploy pipeline (eu)' })
  name?: string;

  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'deploys the shop' })
  description?: string | null;
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

export class RevokeTokenDto {
  /** Why; kept for good, in the token's record and in the audit log. */
  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'left the company' })
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
