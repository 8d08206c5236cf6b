import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, MaxLength, ValidateIf } from 'class-validator';
import { PageDto } from '../../common/page.dto.js';
import { PageQueryDto } from '../../common/page-query.dto.js';
import { IsEmailAddress } from '../../common/email.decorator.js';
import { IsText } from '../../common/text.decorator.js';
import type { Member } from '../../directory/members/member.entity.js';
import {
  IDENTITY_ROLES,
  manualRoleOf,
  type MemberRole,
  type Role,
  ROLES,
} from '../../directory/members/role.js';
import { IsReason } from '../../token-rows/dto/reason.decorator.js';

export class AddMemberDto {
  @ApiProperty({ format: 'email', maxLength: 320, example: 'ada@example.com' })
  @IsEmailAddress()
  @MaxLength(320, { message: 'String should have at most 320 characters' })
  email!: string;

  @IsText({ max: 255, example: 'Ada Park' })
  name!: string;

  @ApiProperty({ enum: ROLES, example: 'developer' })
  @IsIn(ROLES, { message: `Input should be one of ${ROLES.join(', ')}` })
  role!: Role;
}

export class ChangeMemberDto {
  @ValidateIf((_, value) => value !== undefined)
  @IsText({ max: 255, example: 'Ada Park' })
  name?: string;

  @ApiPropertyOptional({ enum: ROLES })
  @ValidateIf((_, value) => value !== undefined)
  @IsIn(ROLES, { message: `Input should be one of ${ROLES.join(', ')}` })
  role?: MemberRole;

  /**
   * Whether `role` holds whatever the groups of the person are mapped to. Otherwise the lower of the two is in force, and
   * is what the answer says.
   */
  @ValidateIf((_, value) => value !== undefined)
  @IsBoolean({ message: 'Input should be a valid boolean' })
  role_pinned?: boolean;
}

export class RemoveMemberDto {
  /** Why; becomes the reason for which their tokens are revoked. */
  @IsOptional()
  @IsReason({ min: 0, nullable: true, example: 'left the company' })
  reason?: string | null;
}

export class MemberDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'ada@example.com' })
  email!: string;

  @ApiProperty({ example: 'Ada Park' })
  name!: string;

  /** The role in force; `no-access`: the groups of the person map to no role any more, and nobody gave them one. */
  @ApiProperty({ enum: IDENTITY_ROLES })
  role!: Role;

  /** What their groups at the OpenID provider were mapped to last; null: nothing. */
  @ApiProperty({ enum: ROLES, nullable: true, type: String })
  mapped_role!: MemberRole | null;

  /** What an administrator gave; null: nothing. */
  @ApiProperty({ enum: ROLES, nullable: true, type: String })
  manual_role!: MemberRole | null;

  @ApiProperty()
  role_pinned!: boolean;

  /** Whether the e-mail address is another one than they were added with. No provider's word for it confirms an account then. */
  readdressed!: boolean;

  /** The token or session that they were added, or let back in, with; null: their provider, or an earlier version. */
  @ApiProperty({ format: 'uuid', nullable: true, type: String })
  added_by_token!: string | null;

  @ApiProperty({ format: 'uuid' })
  business_id!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  static from(member: Member): MemberDto {
    return {
      id: member.id,
      email: member.email,
      name: member.name,
      role: member.role,
      mapped_role: member.mappedRole,
      manual_role: manualRoleOf(member),
      role_pinned: member.rolePinned,
      readdressed: member.readdressed,
      added_by_token: member.addedByToken,
      business_id: member.businessId,
      created_at: member.createdAt.toISOString(),
      updated_at: member.updatedAt.toISOString(),
    };
  }
}

export class RemovedMemberDto extends MemberDto {
  /** Tokens that were revoked with the membership. */
  @ApiProperty({ type: 'integer' })
  tokens_revoked!: number;

  static of({ member, tokensRevoked }: { member: Member; tokensRevoked: number }): RemovedMemberDto {
    return { ...MemberDto.from(member), tokens_revoked: tokensRevoked };
  }
}

export class MemberPageDto extends PageDto {
  items!: MemberDto[];
}

export class ListMembersDto extends PageQueryDto {
  /** With this e-mail, in any case. */
  @IsOptional()
  @IsText({ max: 320 })
  email?: string;
}

export class ListMembershipsDto extends PageQueryDto {
  /** The e-mail of the person, in any case. */
  @IsText({ max: 320 })
  email!: string;
}
