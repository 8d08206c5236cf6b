import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsUUID, MaxLength, ValidateIf } from 'class-validator';
import { IsInteger } from '../../common/integer.decorator.js';
import { IsEmailAddress } from '../../common/email.decorator.js';
import { SchemaRule } from '../../common/schema-rule.decorator.js';
import { membersFor } from '../../token-rows/dto/derived-members.js';
import { IsAddressList } from './address-list.decorator.js';
import { IsScopeList } from '../../verification/scope-list.decorator.js';

import { LIFETIME_DAYS_DEFAULT } from '../../token-rows/token-lifetime.js';

/** One owner at most. */
@SchemaRule({
  not: {
    required: ['owner_email', 'identity_id'],
    properties: { owner_email: { type: 'string' }, identity_id: { type: 'string' } },
  },
})
export class IssueTokenDto extends membersFor('issued', {
  description: ['expires_in_days', 'scopes', 'trusted_ips', 'owner_email', 'identity_id'],
}) {
  /**
   * Days until it expires; null: never. More than the policy of the business allows is refused. If omitted, the policy
   * sets the expiry, if it is sooner than the default.
   */
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @IsInteger({ nullable: true, min: 1, max: 365, default: LIFETIME_DAYS_DEFAULT })
  expires_in_days?: number | null;

  /**
   * What it may do; each scope must be covered by the caller's own. Omitted or null: the caller's product scopes, and no
   * scope of `rescind:`, which are granted only if named.
   */
  @IsScopeList()
  scopes?: string[] | null;

  /**
   * The addresses from which it may be used: IPv4 and IPv6 addresses and CIDRs. Omitted or null: any. From elsewhere, and
   * where `POST /api/v1/tokens/verify` is not told an `ip`, it is refused as `ip_not_allowed`. Those of the caller's own token
   * limit them; the answer tells what was granted.
   */
  @IsAddressList()
  trusted_ips?: string[] | null;

  /** Issue to this member instead of yourself (owners, admins and the platform only). */
  @ApiPropertyOptional({ type: String, nullable: true, format: 'email' })
  @IsOptional()
  @IsEmailAddress()
  @MaxLength(320, { message: 'String should have at most 320 characters' })
  owner_email?: string | null;

  /** Issue to this machine identity instead of yourself (owners, admins and the platform only). */
  @ApiPropertyOptional({ type: String, nullable: true, format: 'uuid' })
  @IsOptional()
  @IsUUID('all', { message: 'Input should be a valid UUID' })
  identity_id?: string | null;
}
