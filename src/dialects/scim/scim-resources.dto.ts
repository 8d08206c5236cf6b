import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { OPERATIONS_MAX } from './scim-operations.js';
import { GROUP_SCHEMA, LIST_RESPONSE, PATCH_OP, SCIM_PATH, USER_SCHEMA } from './scim-urns.js';
import type { ScimUserRow } from './scim-users.repository.js';
import type { Group, GroupMember } from '../../directory/groups/groups.repository.js';
import { GROUP_MEMBERS_MAX } from './scim-group-request.js';

class ScimNameDto {
  @ApiPropertyOptional({ example: 'Ada Park' })
  formatted?: string;

  @ApiPropertyOptional({ example: 'Ada' })
  givenName?: string;

  @ApiPropertyOptional({ example: 'Park' })
  familyName?: string;
}

class ScimEmailDto {
  @ApiPropertyOptional({ example: 'ada@example.com' })
  value?: string;

  @ApiPropertyOptional({ example: 'work' })
  type?: string;

  @ApiPropertyOptional({ type: Boolean })
  primary?: boolean;
}

/** A user as POST and PUT send one. Further attributes are accepted and dropped. */
export class ScimUserInputDto {
  @ApiProperty(listWith(USER_SCHEMA))
  schemas!: string[];

  /** The e-mail address of the member. */
  @ApiProperty({ format: 'email', maxLength: 320, example: 'new@example.com' })
  userName!: string;

  externalId?: string;

  displayName?: string;

  name?: ScimNameDto;

  emails?: ScimEmailDto[];

  /** false: every token and session of the user is revoked before the answer. Left out: as it is, or true for a new user. */
  active?: boolean;
}

class ScimOperationDto {
  /** add, replace or remove, in any case. */
  @ApiProperty({
    pattern: '^([aA][dD][dD]|[rR][eE][pP][lL][aA][cC][eE]|[rR][eE][mM][oO][vV][eE])$',
    example: 'replace',
  })
  op!: string;

  @ApiPropertyOptional({ example: 'displayName' })
  path?: string;

  @ApiPropertyOptional({ example: 'Ada Park', oneOf: ANY() })
  value?: unknown;
}

/** RFC 7644 §3.5.2. */
export class ScimPatchDto {
  @ApiProperty(listWith(PATCH_OP))
  schemas!: string[];

  @ApiProperty({
    type: [ScimOperationDto],
    minItems: 1,
    maxItems: OPERATIONS_MAX,
    example: [{ op: 'replace', path: 'displayName', value: 'Ada Park' }],
  })
  Operations!: ScimOperationDto[];
}

class ScimReferenceDto {
  @ApiProperty({ format: 'uuid' })
  value!: string;

  @ApiProperty({ example: 'Ada Park' })
  display!: string;

  @ApiProperty({ example: 'https://rescind.example.com/scim/v2/Users/…' })
  $ref!: string;

  @ApiPropertyOptional({ enum: ['User', 'direct'] })
  type?: string;
}

export class ScimMetaDto {
  @ApiProperty({ example: 'User' })
  resourceType!: string;

  @ApiProperty({ format: 'date-time' })
  created!: string;

  @ApiProperty({ format: 'date-time' })
  lastModified!: string;

  @ApiProperty({ example: 'https://rescind.example.com/scim/v2/Users/…' })
  location!: string;
}

/** What is asked for of it: `attributes` and `excludedAttributes` leave out all but the first two. */
export class ScimUserDto {
  @ApiProperty({ type: [String], example: [USER_SCHEMA] })
  schemas!: string[];

  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiPropertyOptional({ example: 'ada@example.com' })
  userName!: string;

  @ApiPropertyOptional({ type: String })
  externalId?: string;

  @ApiPropertyOptional({ example: 'Ada Park' })
  displayName!: string;

  @ApiPropertyOptional({ type: ScimNameDto })
  name?: ScimNameDto;

  @ApiPropertyOptional({ type: [ScimEmailDto] })
  emails!: ScimEmailDto[];

  @ApiPropertyOptional({ type: Boolean })
  active!: boolean;

  @ApiPropertyOptional({ type: [ScimReferenceDto] })
  groups!: ScimReferenceDto[];

  @ApiPropertyOptional({ type: ScimMetaDto })
  meta!: ScimMetaDto;

  /** @param base where SCIM is reached from outside */
  static from(
    row: ScimUserRow,
    groups: readonly { groupId: string; name: string }[],
    base: string,
  ): ScimUserDto {
    const { id, email, name: shown, isActive, createdAt, updatedAt, externalId, attributes } = row;
    const { userName, displayName, name, emails } = attributes ?? {};
    return {
      schemas: [USER_SCHEMA],
      id,
      // The address may have been changed elsewhere since.
      userName: userName?.toLowerCase() === email ? userName : email,
      ...(externalId === null ? {} : { externalId }),
      displayName: displayName ?? shown,
      ...(name === undefined ? {} : { name }),
      emails: emails ?? [{ value: email, primary: true }],
      active: isActive,
      groups: groups.map(({ groupId, name: display }) => ({
        value: groupId,
        display,
        $ref: `${base}/Groups/${groupId}`,
        type: 'direct',
      })),
      meta: {
        resourceType: 'User',
        created: createdAt.toISOString(),
        lastModified: updatedAt.toISOString(),
        location: `${base}/Users/${id}`,
      },
    };
  }
}

/** One page of a list (RFC 7644 §3.4.2). */
class ScimPageDto {
  @ApiProperty({ type: [String], example: [LIST_RESPONSE] })
  schemas!: string[];

  @ApiProperty({ type: 'integer' })
  totalResults!: number;

  @ApiProperty({ type: 'integer' })
  startIndex!: number;

  @ApiProperty({ type: 'integer' })
  itemsPerPage!: number;
}

export class ScimUserListDto extends ScimPageDto {
  @ApiProperty({ type: [ScimUserDto] })
  Resources!: ScimUserDto[];
}

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

/** Texts, `urn` among them: OpenAPI 3.0 has no `contains`. */
function listWith(urn: string): ApiPropertyOptions {
  return {
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
    not: { items: { not: { enum: [urn] } } },
    example: [urn],
  };
}

/** Any JSON. */
function ANY() {
  return [
    { type: 'string' },
    { type: 'boolean' },
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
  ];
}

/** Where SCIM is reached from outside. */
export function scimBase(issuer: string): string {
  return issuer + SCIM_PATH;
}
