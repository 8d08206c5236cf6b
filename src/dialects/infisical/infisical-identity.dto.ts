import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, ValidateIf } from 'class-validator';
import { IgnoresUnknown } from '../../common/ignores-unknown.decorator.js';
import { IsAnyText, IsText } from '../../common/text.decorator.js';
import type { Identity } from '../../directory/identities/identity.entity.js';
import { IDENTITY_ROLES, type Role } from '../../directory/members/role.js';

/** Infisical's own names of roles; the others are shown like its custom roles. */
const OWN_WORDS: Partial<Record<Role, string>> = {
  admin: 'admin',
  developer: 'member',
  'no-access': 'no-access',
};

/** Every role under the name (slug) that Infisical's clients give and get it by. */
const INFISICAL_ROLES = IDENTITY_ROLES.map((role) => OWN_WORDS[role] ?? role);

interface InfisicalCustomRole {
  id: string;
  name: string;
  slug: string;
  description: string;
}

/** @param name one of INFISICAL_ROLES */
export function roleFrom(name: string): Role {
  return IDENTITY_ROLES.find((role) => (OWN_WORDS[role] ?? role) === name) as Role;
}

function inInfisicalsWords(role: Role): { role: string; customRole: InfisicalCustomRole | null } {
  const word = OWN_WORDS[role];
  if (word !== undefined) return { role: word, customRole: null };
  return { role: 'custom', customRole: { id: role, name: role, slug: role, description: '' } };
}

export class InfisicalOrganizationDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Acme' })
  name!: string;

  @ApiProperty({ example: 'acme' })
  slug!: string;
}

class InfisicalIdentityDetailsDto {
  organization!: InfisicalOrganizationDto;
}

/** The business of the calling token. */
export class InfisicalIdentityDetailsAnswerDto {
  identityDetails!: InfisicalIdentityDetailsDto;
}

export class InfisicalOrganizationListDto {
  organizations!: InfisicalOrganizationDto[];
}

const ROLE_MESSAGE = `Input should be one of ${INFISICAL_ROLES.join(', ')}`;

@IgnoresUnknown()
export class CreateInfisicalIdentityDto {
  @IsText({ max: 255, example: 'ci' })
  name!: string;

  /** The business: that of the calling token. */
  @IsAnyText(64, { format: 'uuid', example: '0199c0de-0000-7000-8000-000000000001' })
  organizationId!: string;

  @ApiPropertyOptional({ enum: INFISICAL_ROLES, default: 'no-access' })
  @ValidateIf((_, value) => value !== undefined)
  @IsIn(INFISICAL_ROLES, { message: ROLE_MESSAGE })
  role: string = 'no-access';

  /** There is none: an identity can always be deleted. */
  @ApiPropertyOptional({ type: Boolean, enum: [false] })
  @IsOptional()
  @IsIn([false], { message: 'Delete protection is not supported' })
  hasDeleteProtection?: boolean;
}

@IgnoresUnknown()
export class ChangeInfisicalIdentityDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'ci' })
  name?: string;

  @ApiPropertyOptional({ enum: INFISICAL_ROLES })
  @ValidateIf((_, value) => value !== undefined)
  @IsIn(INFISICAL_ROLES, { message: ROLE_MESSAGE })
  role?: string;

  /** There is none: an identity can always be deleted. */
  @ApiPropertyOptional({ type: Boolean, enum: [false] })
  @IsOptional()
  @IsIn([false], { message: 'Delete protection is not supported' })
  hasDeleteProtection?: boolean;
}

export class InfisicalIdentityDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'ci' })
  name!: string;

  /** The business. */
  @ApiProperty({ format: 'uuid' })
  orgId!: string;

  /** Empty until Token Auth is attached. */
  @ApiProperty({ type: 'array', items: { type: 'string', enum: ['token-auth'] } })
  authMethods!: 'token-auth'[];

  @ApiProperty({ enum: [false] })
  hasDeleteProtection!: false;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  static from(identity: Identity, hasTokenAuth: boolean): InfisicalIdentityDto {
    return {
      id: identity.id,
      name: identity.name,
      orgId: identity.businessId,
      authMethods: hasTokenAuth ? ['token-auth'] : [],
      hasDeleteProtection: false,
      createdAt: identity.createdAt.toISOString(),
      updatedAt: identity.updatedAt.toISOString(),
    };
  }
}

class InfisicalCustomRoleDto {
  @ApiProperty({ example: 'auditor' })
  id!: string;

  @ApiProperty({ example: 'auditor' })
  name!: string;

  @ApiProperty({ example: 'auditor' })
  slug!: string;

  @ApiProperty({ example: '' })
  description!: string;
}

/** An identity as a member of its organization. */
export class InfisicalMembershipDto {
  /** That of the identity: it belongs to one organization. */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  identityId!: string;

  /** The business. */
  @ApiProperty({ format: 'uuid' })
  orgId!: string;

  @ApiProperty({ enum: ['admin', 'member', 'no-access', 'custom'] })
  role!: string;

  /** For the role `custom`: `owner` or `auditor`. */
  @ApiProperty({ type: InfisicalCustomRoleDto, nullable: true })
  customRole!: InfisicalCustomRoleDto | null;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  identity!: InfisicalIdentityDto;

  static from(identity: Identity, hasTokenAuth: boolean): InfisicalMembershipDto {
    const shown = InfisicalIdentityDto.from(identity, hasTokenAuth);
    const { id, orgId, createdAt, updatedAt } = shown;
    return {
      id,
      identityId: id,
      orgId,
      ...inInfisicalsWords(identity.role),
      createdAt,
      updatedAt,
      identity: shown,
    };
  }
}

export class InfisicalIdentityAnswerDto {
  identity!: InfisicalIdentityDto;
}

export class InfisicalMembershipAnswerDto {
  identity!: InfisicalMembershipDto;
}
