import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { IsText } from '../../common/text.decorator.js';
import { type TokenStatus, tokenStatusAt } from '../../token-rows/token-lifetime.js';
import type { Token } from '../../token-rows/token.entity.js';
import { IsScopeList } from '../../verification/scope-list.decorator.js';
import type { Principal } from '../../auth/principal.js';
import { IDENTITY_ROLES, type Role } from '../../directory/members/role.js';

class OpenTrainActorDto {
  /** The member or identity that owns the token; null for the platform. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  userId!: string | null;

  /** Only people have one. */
  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  email!: string | null;

  @ApiProperty({ example: 'Ada' })
  firstName!: string;

  @ApiProperty({ example: 'Park' })
  lastName!: string;

  @ApiProperty({ example: 'Ada Park' })
  fullName!: string;

  @ApiProperty({ enum: ['user', 'identity', 'platform'] })
  userType!: 'user' | 'identity' | 'platform';
}

class OpenTrainCallingTokenDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'CI pipeline' })
  label!: string;

  @ApiProperty({ type: [String], example: ['jobs:read'] })
  scopes!: string[];

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  ownerOrganizationId!: string | null;
}

class OpenTrainAccountDto {
  /** `platform`: a token that belongs to no business. */
  @ApiProperty({ enum: ['organization', 'platform'] })
  kind!: 'organization' | 'platform';

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  organizationId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  ownerUserId!: string | null;

  @ApiProperty({ type: String, enum: [...IDENTITY_ROLES, null], nullable: true })
  memberRole!: Role | null;
}

/** Who calls, with which token, for which account. */
export class OpenTrainMeDto {
  actor!: OpenTrainActorDto;
  token!: OpenTrainCallingTokenDto;
  account!: OpenTrainAccountDto;

  static from({ token, scopes, businessId }: Principal): OpenTrainMeDto {
    const { owner } = token;
    const [firstName = '', ...lastNames] = owner.name.trim().split(/\s+/);
    return {
      actor: {
        userId: owner.id,
        email: owner.email,
        firstName,
        lastName: lastNames.join(' '),
        fullName: owner.name,
        userType: owner.kind,
      },
      token: {
        id: token.id,
        label: token.name ?? '',
        scopes: [...scopes],
        ownerOrganizationId: businessId,
      },
      account: {
        kind: businessId === null ? 'platform' : 'organization',
        organizationId: businessId,
        ownerUserId: owner.id,
        memberRole: owner.role,
      },
    };
  }
}

/** RFC 3339 §5.6, with its zone. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

@IgnoresUnknown()
export class CreateOpenTrainTokenDto {
  /** For people: what the token is used for. */
  @ApiPropertyOptional({ default: 'API token' })
  @IsOptional()
  @IsText({ max: 120, nullable: true, example: 'CI pipeline' })
  name?: string | null;

  /** What it may do; each must be covered by the caller's own. Omitted: the caller's. */
  @IsScopeList()
  scopes?: string[] | null;

  /** When it expires, in the future; null or omitted: never. */
  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsString({ message: 'Input should be a valid string' })
  @Matches(INSTANT, { message: 'Input should be an ISO 8601 time with its zone' })
  expiresAt?: string | null;
}

/** A token's record. It does not contain the secret, which is never shown again. */
export class OpenTrainTokenDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'CI pipeline' })
  name!: string;

  /** The preview: the displayable part of the secret. */
  @ApiProperty({ example: 'ot_pat_4bX0********k3Qz' })
  preview!: string;

  @ApiProperty({ type: [String], example: ['jobs:read'] })
  scopes!: string[];

  @ApiProperty({ enum: ['active', 'expired', 'revoked'] })
  status!: TokenStatus;

  /** The business. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  organizationId!: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUsedAt!: string | null;

  /** null: never. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt!: string | null;

  /** @param nowMs on the database's clock */
  static from(token: Token, nowMs: number): OpenTrainTokenDto {
    const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
    return {
      id: token.id,
      name: token.name ?? '',
      preview: token.tokenPrefix,
      scopes: token.scopes,
      status: tokenStatusAt(token, nowMs),
      organizationId: token.businessId,
      createdAt: token.createdAt.toISOString(),
      lastUsedAt: iso(token.lastUsedAt),
      expiresAt: iso(token.expiresAt),
      revokedAt: iso(token.revokedAt),
    };
  }
}

export class CreatedOpenTrainTokenDto {
  /** The secret, shown this once. */
  @ApiProperty({ example: 'ot_pat_<public id>_<random>_<checksum>' })
  token!: string;

  @ApiProperty({ enum: ['bearer'] })
  tokenType!: 'bearer';

  metadata!: OpenTrainTokenDto;
}

export class OpenTrainTokenListDto {
  tokens!: OpenTrainTokenDto[];
}

export class RevokedOpenTrainTokenDto {
  token!: OpenTrainTokenDto;
}
