import { ApiProperty } from '@nestjs/swagger';
import { ownerOf } from '../token-owner.js';
import { tokenStatusAt, type TokenStatus } from '../token-lifetime.js';
import type { OwnerKind, Token } from '../token.entity.js';

export class TokenOwnerDto {
  @ApiProperty({ enum: ['user', 'identity', 'platform'] })
  kind!: OwnerKind;

  /** The member or identity; null for the platform. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  @ApiProperty({ example: 'Ada Park' })
  name!: string;

  /** Only users have one. */
  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  email!: string | null;
}

/** A token's record. It does not contain the secret, which is never shown again. */
export class TokenInfoDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** Public id of the token, also inside its secret. */
  @ApiProperty({ example: '4bX0Qm2vTqLw8ZkR1nYc7D' })
  jti!: string;

  /** For people: not among what is proven with the row. The events of the log have each name. */
  @ApiProperty({ type: String, nullable: true, example: 'deploy pipeline' })
  name!: string | null;

  /** As the name. */
  @ApiProperty({ type: String, nullable: true, example: 'deploys the shop' })
  description!: string | null;

  /** Your product's own id for whom or what it is for. */
  @ApiProperty({ type: String, nullable: true, example: 'customer-4711' })
  external_id!: string | null;

  /** Your product's own data on it. */
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    example: { customer: '4711', plan: 'pro' },
  })
  metadata!: Record<string, unknown> | null;

  /** The preview: the displayable part of the secret. */
  @ApiProperty({ example: 'dz_4bX0********k3Qz' })
  token_prefix!: string;

  @ApiProperty({ enum: ['api'] })
  token_type!: 'api';

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_used_at!: string | null;

  /** null: never. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_at!: string | null;

  /** null: not revoked. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revoked_at!: string | null;

  /**
   * Who revoked it: the e-mail of the calling token's owner, an identity's name, or `platform`; for a platform token
   * also the user claimed in `x-user-email`.
   */
  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  revoked_by!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'left the company' })
  revocation_reason!: string | null;

  @ApiProperty({ type: [String], example: ['jobs:read'] })
  scopes!: string[];

  /** The addresses and CIDRs from which it may be used; null: any. */
  @ApiProperty({ type: [String], nullable: true, example: ['203.0.113.0/24'] })
  trusted_ips!: string[] | null;

  owner!: TokenOwnerDto;

  @ApiProperty({ enum: ['active', 'expired', 'revoked'] })
  status!: TokenStatus;

  /** null: a token of the platform itself. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  business_id!: string | null;

  /** The token that issued or rotated it, whose limits it was given; null: none, or not known. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  issued_by_token!: string | null;

  /** The person to whom a platform token was issued; null: no named person, or a token of a business. */
  @ApiProperty({ type: String, nullable: true, example: 'grace@example.com' })
  issued_to!: string | null;

  /** The token that replaced it by rotation. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  replaced_by!: string | null;

  /** After a rotation: until when this secret stays valid. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  grace_ends_at!: string | null;

  /** @param nowMs on the database's clock */
  static from(token: Token, nowMs: number): TokenInfoDto {
    const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
    return {
      id: token.id,
      jti: token.jti,
      name: token.name,
      description: token.description,
      external_id: token.externalId,
      metadata: token.metadata,
      token_prefix: token.tokenPrefix,
      token_type: 'api',
      created_at: token.createdAt.toISOString(),
      last_used_at: iso(token.lastUsedAt),
      expires_at: iso(token.expiresAt),
      revoked_at: iso(token.revokedAt),
      revoked_by: token.revokedBy,
      revocation_reason: token.revocationReason,
      scopes: token.scopes,
      trusted_ips: token.trustedIps,
      owner: ownerOf(token),
      status: tokenStatusAt(token, nowMs),
      business_id: token.businessId,
      issued_by_token: token.issuedByToken,
      issued_to: token.issuedTo,
      replaced_by: token.replacedBy,
      grace_ends_at: iso(token.graceEndsAt),
    };
  }
}
