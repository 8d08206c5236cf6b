import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsOptional,
  IsUUID,
  MaxLength,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';
import { IsInteger } from '../../common/integer.decorator.js';
import { IsEmailAddress } from '../../common/email.decorator.js';
import { SchemaRule } from '../../common/schema-rule.decorator.js';
import { membersFor } from '../../token-rows/dto/derived-members.js';
import { IsScopeList } from '../../verification/scope-list.decorator.js';
import { LIFETIME_DAYS_DEFAULT } from '../../token-rows/token-lifetime.js';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';
import { ADDRESS_RANGE_PATTERN, normalRange } from '../../verification/trusted-ips.js';

const ADDRESSES_MAX = 100;
const LENGTH_MAX = 64;

/** An optional list of 1 to 100 IPv4 and IPv6 addresses and CIDRs, or null. `storedAddresses` gives what is stored. */
export function IsAddressList(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'array',
      items: { type: 'string', maxLength: LENGTH_MAX, pattern: ADDRESS_RANGE_PATTERN },
      minItems: 1,
      maxItems: ADDRESSES_MAX,
      nullable: true,
    }),
    IsOptional(),
    IsArray({ message: 'Input should be a valid list' }),
    ArrayMinSize(1, { message: 'List should have at least 1 item' }),
    ArrayMaxSize(ADDRESSES_MAX, { message: `List should have at most ${ADDRESSES_MAX} items` }),
    ValidateBy({
      name: 'areAddresses',
      validator: {
        validate: (value: unknown) => problemOf(value) === null,
        defaultMessage: (args?: ValidationArguments) => problemOf(args?.value) ?? 'Input is not valid',
      },
    }),
  );
}

/** The stored form of a valid list, each address once; null: any address. */
export function storedAddresses(list: readonly string[] | null): string[] | null {
  return list === null ? null : [...new Set(list.map((each) => normalRange(each) ?? each))];
}

/** Says which one is wrong, by its position from 1, and never repeats it. */
function problemOf(list: unknown): string | null {
  if (!Array.isArray(list)) return 'Input should be a valid list';
  const wrong = list.findIndex(
    (each) => typeof each !== 'string' || each.length > LENGTH_MAX || normalRange(each) === null,
  );
  return wrong < 0 ? null : `Item ${wrong + 1} should be an IPv4 or IPv6 address or a CIDR`;
}

export class IssuedTokenDto {
  /** The secret, shown this once. */
  @ApiProperty({ example: 'dz_<public id>_<random>_<checksum>' })
  token!: string;

  token_info!: TokenInfoDto;
}

export class RotatedTokenDto extends IssuedTokenDto {
  /** The token that was replaced; its secret stays valid until `grace_ends_at`. */
  replaced!: TokenInfoDto;
}

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
