import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { IsInteger } from '../../common/integer.decorator.js';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { membersFor } from '../../token-rows/dto/derived-members.js';
import { IsAddressList } from './issue-token.dto.js';
import { IsReason } from '../../token-rows/dto/reason.decorator.js';

/** Omitted members are not changed; null removes the value. */
export class ChangeTokenDto extends membersFor('changed') {
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
