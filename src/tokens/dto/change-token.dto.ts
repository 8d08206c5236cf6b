import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, ValidateIf } from 'class-validator';
import { IsInteger } from '../../common/integer.decorator.js';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { IsText } from '../../common/text.decorator.js';
import { IsExternalId, IsMetadata } from '../../token-rows/dto/metadata.decorator.js';
import { IsAddressList } from './address-list.decorator.js';
import { IsReason } from '../../token-rows/dto/reason.decorator.js';

/** Omitted members are not changed; null removes the value. */
export class ChangeTokenDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'deploy pipeline (eu)' })
  name?: string;

  @IsOptional()
  @IsText({ min: 0, max: 1024, multiline: true, nullable: true, example: 'deploys the shop' })
  description?: string | null;

  /**
   * Your product's own id for whom or what it is for, such as its customer. Part of verdicts; tokens can be found by it.
   * Not for secrets.
   */
  @IsExternalId()
  external_id?: string | null;

  /**
   * Your product's own data on it, which replaces the whole earlier object: a JSON object of up to 4096 bytes, part of
   * verdicts. Tokens can be found by its top-level members whose values are texts (of up to 255 characters), numbers or
   * booleans. Never put a secret there: everybody who may read or verify the token can read it.
   */
  @IsMetadata()
  metadata?: Record<string, unknown> | null;

  /**
   * The addresses from which it may be used, in place of the earlier ones: IPv4 and IPv6 addresses and CIDRs; null: any.
   * Limited by those of the caller's own token and of the token that it was issued with; the answer tells what was granted.
   * Tokens that were issued with it earlier keep theirs. Not for tokens of Token Auth, whose identity sets them.
   */
  @IsAddressList()
  trusted_ips?: string[] | null;
}

export class RotateTokenDto {
  /** Seconds for which the old secret stays valid, never past its own expiry. */
  @IsOptional()
  @IsInteger({ min: 0, max: 604800, default: 0 })
  grace_seconds?: number | null;
}

/** Unknown members are ignored: in an emergency the call must not fail for that. */
@IgnoresUnknown()
export class RevokeTokenDto {
  /** Why; kept for good, in the token's record and in the audit log. */
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'left the company' })
  reason?: string | null;

  /** Also revoke the tokens that replaced it by rotation. Default: true if the reason begins with `leaked`. */
  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  successors?: boolean | null;

  /**
   * Also revoke the tokens that were issued with it, and so on, and end what any of them made: see `GET /tokens/{id}/lineage`.
   * Default: true if the reason begins with `leaked`.
   */
  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean({ message: 'Input should be a valid boolean' })
  children?: boolean | null;
}
