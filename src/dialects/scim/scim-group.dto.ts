import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Group, GroupMember } from '../../directory/groups/groups.repository.js';
import { GROUP_MEMBERS_MAX } from './scim-group-request.js';
import { GROUP_SCHEMA } from './scim-urns.js';
import { listWith, ScimMetaDto, ScimPageDto, ScimReferenceDto } from './scim-user.dto.js';

class ScimMemberInputDto {
  /** The id of a user. */
  @ApiProperty({ format: 'uuid' })
  value!: string;
}

/** A group as POST and PUT send one. */
export class ScimGroupInputDto {
  @ApiProperty(listWith(GROUP_SCHEMA))
  schemas!: string[];

  /** By which a role is mapped to the group; unique in any case. */
  @ApiProperty({ example: 'Engineers' })
  displayName!: string;

  @ApiPropertyOptional({ type: String })
  externalId?: string;

  @ApiPropertyOptional({ type: [ScimMemberInputDto], maxItems: GROUP_MEMBERS_MAX })
  members?: ScimMemberInputDto[];
}

/** What is asked for of it: `attributes` and `excludedAttributes` leave out all but the first two. */
export class ScimGroupDto {
  @ApiProperty({ type: [String], example: [GROUP_SCHEMA] })
  schemas!: string[];

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiPropertyOptional({ example: 'Rescind admins' })
  displayName!: string;

  @ApiPropertyOptional({ type: String })
  externalId?: string;

  @ApiPropertyOptional({ type: [ScimReferenceDto] })
  members!: ScimReferenceDto[];

  @ApiPropertyOptional({ type: ScimMetaDto })
  meta!: ScimMetaDto;

  /** @param base where SCIM is reached from outside */
  static from(group: Group, members: readonly GroupMember[], base: string): ScimGroupDto {
    const { id, name, externalId, createdAt, updatedAt } = group;
    return {
      schemas: [GROUP_SCHEMA],
      id,
      displayName: name,
      ...(externalId === null ? {} : { externalId }),
      members: members.map(({ memberId, name: display }) => ({
        value: memberId,
        display,
        $ref: `${base}/Users/${memberId}`,
        type: 'User',
      })),
      meta: {
        resourceType: 'Group',
        created: createdAt.toISOString(),
        lastModified: updatedAt.toISOString(),
        location: `${base}/Groups/${id}`,
      },
    };
  }
}

export class ScimGroupListDto extends ScimPageDto {
  @ApiProperty({ type: [ScimGroupDto] })
  Resources!: ScimGroupDto[];
}
