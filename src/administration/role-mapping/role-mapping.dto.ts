import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, ValidateNested } from 'class-validator';
import { IsText } from '../../common/text.decorator.js';
import type { RoleMapping } from '../../directory/groups/mapped-roles.repository.js';
import { IDENTITY_ROLES, ROLES, type MemberRole, type Role } from '../../directory/members/role.js';

const GROUPS_MAX = 100;

class GroupRoleDto {
  /** The display name of the group in the directory; in any case. */
  @IsText({ max: 255, example: 'Rescind admins' })
  group!: string;

  @ApiProperty({ enum: ROLES, example: 'admin' })
  @IsIn(ROLES, { message: `Input should be one of ${ROLES.join(', ')}` })
  role!: MemberRole;
}

export class RoleMappingDto {
  /** What each group gives. A member of several has the highest role. */
  @ApiProperty({
    type: [GroupRoleDto],
    maxItems: GROUPS_MAX,
    example: [{ group: 'Rescind admins', role: 'admin' }],
  })
  @IsArray({ message: 'Input should be a valid list' })
  @ArrayMaxSize(GROUPS_MAX, { message: `List should have at most ${GROUPS_MAX} items` })
  @ArrayUnique(({ group }: GroupRoleDto) => String(group).toLowerCase(), {
    message: 'A group should be in the list once',
  })
  @ValidateNested({ each: true })
  @Type(() => GroupRoleDto)
  groups!: GroupRoleDto[];

  /** What somebody has whom a directory has added, and who is in none of these groups. */
  @ApiProperty({ enum: IDENTITY_ROLES, example: 'no-access' })
  @IsIn(IDENTITY_ROLES, { message: `Input should be one of ${IDENTITY_ROLES.join(', ')}` })
  default_role!: Role;

  static from({ groups, defaultRole }: RoleMapping): RoleMappingDto {
    return { groups: groups.map(({ group, role }) => ({ group, role })), default_role: defaultRole };
  }
}
