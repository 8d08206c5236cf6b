import { ApiProperty } from '@nestjs/swagger';
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
