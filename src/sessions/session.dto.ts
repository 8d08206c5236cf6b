import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { PageDto } from '../common/page.dto.js';
import { IsReason } from '../token-rows/dto/reason.decorator.js';
import { allowedScopes, authorityFrom, type Authority } from '../verification/effective-scopes.js';
import { OwnerDto } from '../verification-api/verify-token.dto.js';
import type { SessionRow } from './sessions.repository.js';
import { SIGN_IN_METHODS, type SignInMethod } from './sign-in.js';

const ROLES = ['owner', 'admin', 'developer', 'auditor', 'no-access', 'none', 'platform'] as const;

export class RevokeSessionDto {
  /**
   * Why; kept for good, in the record of the session and in the audit log. If it begins with `leaked`, what was issued with the
   * session is revoked as well.
   */
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'left the company' })
  reason?: string | null;
}

class SessionPersonDto extends OwnerDto {}

class SessionBusinessDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Acme' })
  name!: string;

  @ApiProperty({ example: 'acme' })
  slug!: string;
}

export class SessionDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  person!: SessionPersonDto;

  /** What the person may do at this moment depends on it. */
  @ApiProperty({ enum: ROLES })
  role!: Authority;

  /** What the session may do at this moment: its scopes, as far as the role allows them. */
  @ApiProperty({ type: [String], example: ['rescind:business:admin'] })
  scopes!: string[];

  /** null: a session of the platform. */
  @ApiProperty({ type: SessionBusinessDto, nullable: true })
  business!: SessionBusinessDto | null;

  @ApiProperty({ enum: SIGN_IN_METHODS })
  signed_in_with!: SignInMethod;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  /** When it ends, whoever uses it. */
  @ApiProperty({ format: 'date-time' })
  expires_at!: string;

  /** When it ends unless it is used before. */
  @ApiProperty({ format: 'date-time' })
  idle_ends_at!: string;

  /** null: never. Uses are written every few seconds. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_used_at!: string | null;

  /** Whether the request is made with it. */
  current!: boolean;

  /** @param currentId the session of the request, which is a use of it; null: none */
  static from(row: SessionRow, currentId: string | null, nowMs: number): SessionDto {
    const current = row.id === currentId;
    const lastUsedAt = current ? new Date(nowMs) : row.last_used_at;
    const idleEndsAt = current ? new Date(nowMs + row.idle_seconds * 1000) : row.idle_ends_at;
    const { owner_kind: kind, business_id: businessId, scopes } = row;
    const role = authorityFrom({ ownerKind: kind, role: row.role, inBusiness: businessId !== null, scopes });
    return {
      id: row.id,
      person: {
        kind,
        id: row.owner_id,
        name: row.owner_name ?? row.issued_to ?? 'platform',
        email: row.owner_email,
      },
      role,
      scopes: [...allowedScopes(scopes, role)],
      business:
        businessId === null
          ? null
          : { id: businessId, name: row.business_name ?? '', slug: row.business_slug ?? '' },
      signed_in_with: row.method,
      created_at: row.created_at.toISOString(),
      expires_at: row.expires_at.toISOString(),
      idle_ends_at: new Date(Math.min(idleEndsAt.getTime(), row.expires_at.getTime())).toISOString(),
      last_used_at: lastUsedAt?.toISOString() ?? null,
      current,
    };
  }
}

export class SessionPageDto extends PageDto {
  items!: SessionDto[];
}

export class SignedOutDto {
  @ApiProperty({ example: true })
  ended!: boolean;

  /** Where the browser goes to sign out at the provider as well; null: nowhere. */
  @ApiProperty({ type: String, format: 'uri', nullable: true, example: null })
  provider_logout_url!: string | null;
}

class SignInProviderDto {
  @ApiProperty({ example: 'acme' })
  id!: string;

  @ApiProperty({ example: 'Acme SSO' })
  name!: string;
}

/** How people can sign in here. */
export class SignInWaysDto {
  /** With a token. */
  @ApiProperty({ example: true })
  token!: boolean;

  /** At these providers. */
  @ApiProperty({ type: [SignInProviderDto] })
  oidc!: SignInProviderDto[];

  /** With a recovery code. */
  @ApiProperty({ example: false })
  recovery!: boolean;
}
