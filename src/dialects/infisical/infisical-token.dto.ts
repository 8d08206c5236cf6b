import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsQueryInteger } from '../../common/integer.decorator.js';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { IsAnyText, IsText } from '../../common/text.decorator.js';
import type { Token } from '../../token-rows/token.entity.js';

@IgnoresUnknown()
export class NameTokenDto {
  /** For people: what the token is used for. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsText({ min: 0, max: 255, nullable: true, example: 'CI pipeline' })
  name?: string | null;
}

@IgnoresUnknown()
export class AccessTokenDto {
  /** The secret itself; holding it is enough. */
  @IsAnyText(512, { example: 'dz_<public id>_<random>_<checksum>' })
  accessToken!: string;
}

@IgnoresUnknown()
export class TokenRangeDto {
  @IsQueryInteger({ min: 0, max: 100, default: 0 })
  offset: number = 0;

  @IsQueryInteger({ min: 1, max: 100, default: 20 })
  limit: number = 20;
}

/** A token's record. It does not contain the secret, which is never shown again. */
export class InfisicalTokenDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** The identity that owns it, or the member, for a token issued in another dialect; null: the platform. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  identityId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'CI pipeline' })
  name!: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  @ApiProperty({ enum: ['token-auth'] })
  authMethod!: 'token-auth';

  @ApiProperty({ type: 'integer' })
  accessTokenTTL!: number;

  @ApiProperty({ type: 'integer' })
  accessTokenMaxTTL!: number;

  @ApiProperty({ type: 'integer' })
  accessTokenNumUses!: number;

  /** 0: any number. */
  @ApiProperty({ type: 'integer' })
  accessTokenNumUsesLimit!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  accessTokenLastUsedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  accessTokenLastRenewedAt!: string | null;

  isAccessTokenRevoked!: boolean;

  @ApiProperty({ type: String, nullable: true, enum: [null] })
  identityUAClientSecretId!: null;

  @ApiProperty({ type: 'integer', enum: [0] })
  accessTokenPeriod!: number;

  @ApiProperty({ type: String, nullable: true, enum: [null] })
  subOrganizationId!: null;

  static from(token: Token): InfisicalTokenDto {
    return {
      id: token.id,
      identityId: token.identityId ?? token.memberId,
      name: token.name,
      createdAt: token.createdAt.toISOString(),
      updatedAt: token.updatedAt.toISOString(),
      authMethod: 'token-auth',
      accessTokenTTL: token.ttlSeconds ?? secondsGiven(token),
      accessTokenMaxTTL: token.maxTtlSeconds ?? secondsGiven(token),
      accessTokenNumUses: token.uses,
      accessTokenNumUsesLimit: token.usesLimit ?? 0,
      accessTokenLastUsedAt: token.lastUsedAt?.toISOString() ?? null,
      accessTokenLastRenewedAt: token.lastRenewedAt?.toISOString() ?? null,
      isAccessTokenRevoked: token.revokedAt !== null,
      identityUAClientSecretId: null,
      accessTokenPeriod: 0,
      subOrganizationId: null,
    };
  }
}

/** The lifetime of a token whose expiry comes from another dialect; 0: it never expires. */
function secondsGiven({ createdAt, expiresAt }: Token): number {
  return expiresAt === null ? 0 : Math.max(0, Math.round((expiresAt.getTime() - createdAt.getTime()) / 1000));
}

export class InfisicalTokenAnswerDto {
  token!: InfisicalTokenDto;
}

export class InfisicalTokenListDto {
  tokens!: InfisicalTokenDto[];
}

export class RenewedAccessTokenDto {
  /** The secret. After a renewal it is the one that was sent: the token stays the same. */
  @ApiProperty({ example: 'dz_<public id>_<random>_<checksum>' })
  accessToken!: string;

  /** Seconds until it expires; 0: never. */
  @ApiProperty({ type: 'integer' })
  expiresIn!: number;

  @ApiProperty({ type: 'integer' })
  accessTokenMaxTTL!: number;

  @ApiProperty({ enum: ['Bearer'] })
  tokenType!: 'Bearer';
}

export class CreatedAccessTokenDto extends RenewedAccessTokenDto {
  tokenData!: InfisicalTokenDto;
}

export class InfisicalMessageDto {
  @ApiProperty({ example: 'The access token is revoked.' })
  message!: string;
}
