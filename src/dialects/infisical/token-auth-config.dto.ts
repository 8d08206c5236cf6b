import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, ValidateIf, ValidateNested } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { given } from '../../administration/before-and-after.js';
import { IsAnyText } from '../../common/text.decorator.js';
import { IsInteger } from '../../common/integer.decorator.js';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import type { IdentityTokenAuth } from './token-auth/identity-token-auth.entity.js';
import type { TokenAuthSettings } from './token-auth/identity-token-auth.repository.js';
import { ADDRESS_RANGE_PATTERN, parseAddressRange } from '../../verification/trusted-ips.js';

const TTL_SECONDS_MAX = 315_360_000;
const USES_MAX = 2_147_483_647;
const TRUSTED_IPS_MAX = 100;

/** A whole number from 0 to `maximum`, where given at all. */
const Whole = (maximum: number, defaultsTo: number) =>
  applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    IsInteger({ min: 0, max: maximum, default: defaultsTo }),
  );

@IgnoresUnknown()
class TrustedIpDto {
  /** An IPv4 or IPv6 address or CIDR. */
  @IsAnyText(64, { example: '203.0.113.0/24', pattern: ADDRESS_RANGE_PATTERN })
  ipAddress!: string;
}

/**
 * The terms of an identity's Token Auth. When attaching, omitted members get their default; when changing, they keep
 * their value.
 */
@IgnoresUnknown()
export class TokenAuthSettingsDto {
  /** The addresses from which its tokens may be used. A change also applies to existing tokens. */
  @ApiPropertyOptional({
    type: [TrustedIpDto],
    minItems: 1,
    default: [{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }],
  })
  @ValidateIf((_, value) => value !== undefined)
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMinSize(1, { message: 'List should have at least 1 item' })
  @ArrayMaxSize(TRUSTED_IPS_MAX, { message: `List should have at most ${TRUSTED_IPS_MAX} items` })
  @ValidateNested({ each: true, message: 'Input should be an object' })
  @Type(() => TrustedIpDto)
  accessTokenTrustedIps?: TrustedIpDto[];

  /** Seconds for which a token is good from its issue, and from each renewal; 0: for ever. */
  @Whole(TTL_SECONDS_MAX, 2_592_000)
  accessTokenTTL?: number;

  /** Seconds from its issue after which it cannot be renewed; 0: no limit. */
  @Whole(TTL_SECONDS_MAX, 2_592_000)
  accessTokenMaxTTL?: number;

  /** How many times a token can be used; 0: any number. */
  @Whole(USES_MAX, 0)
  accessTokenNumUsesLimit?: number;

  static settingsOf(input: TokenAuthSettingsDto): Partial<TokenAuthSettings> {
    const { accessTokenTTL, accessTokenMaxTTL, accessTokenNumUsesLimit, accessTokenTrustedIps } = input;
    return given({
      ttlSeconds: accessTokenTTL,
      maxTtlSeconds: accessTokenMaxTTL,
      usesLimit: accessTokenNumUsesLimit,
      trustedIps: accessTokenTrustedIps?.map(({ ipAddress }) => ipAddress),
    });
  }
}

class ReadTrustedIpDto {
  @ApiProperty({ enum: ['ipv4', 'ipv6'] })
  type!: 'ipv4' | 'ipv6';

  @ApiProperty({ example: '203.0.113.0' })
  ipAddress!: string;

  /** Of a CIDR. */
  @ApiPropertyOptional({ type: 'integer', example: 24 })
  prefix?: number;
}

class IdentityTokenAuthDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  identityId!: string;

  @ApiProperty({ type: 'integer' })
  accessTokenTTL!: number;

  @ApiProperty({ type: 'integer' })
  accessTokenMaxTTL!: number;

  @ApiProperty({ type: 'integer' })
  accessTokenNumUsesLimit!: number;

  @ApiProperty({ type: [ReadTrustedIpDto] })
  accessTokenTrustedIps!: ReadTrustedIpDto[];

  @ApiProperty({ type: 'integer', enum: [0] })
  accessTokenPeriod!: number;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  static from(config: IdentityTokenAuth): IdentityTokenAuthDto {
    return {
      id: config.id,
      identityId: config.identityId,
      accessTokenTTL: config.ttlSeconds,
      accessTokenMaxTTL: config.maxTtlSeconds,
      accessTokenNumUsesLimit: config.usesLimit,
      accessTokenTrustedIps: config.trustedIps.map(readTrustedIp),
      accessTokenPeriod: 0,
      createdAt: config.createdAt.toISOString(),
      updatedAt: config.updatedAt.toISOString(),
    };
  }
}

export class TokenAuthConfigAnswerDto {
  identityTokenAuth!: IdentityTokenAuthDto;

  static from(config: IdentityTokenAuth): TokenAuthConfigAnswerDto {
    return { identityTokenAuth: IdentityTokenAuthDto.from(config) };
  }
}

function readTrustedIp(text: string): ReadTrustedIpDto {
  const range = parseAddressRange(text);
  const {
    family: type,
    address: ipAddress,
    prefix,
  } = range ?? { family: 'ipv4', address: text, prefix: null };
  return { type, ipAddress, ...(prefix === null ? {} : { prefix }) };
}
