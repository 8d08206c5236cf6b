import { Body, Controller, Delete, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type BusinessCaller, CurrentBusinessCaller } from '../../auth/caller.js';
import { BusinessRoute, PlatformRoute } from '../../auth/route.decorator.js';
import { isOfRole, Lowers, Revokes } from '../../auth/revokes.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import {
  AddMemberDto,
  ChangeMemberDto,
  ListMembersDto,
  ListMembershipsDto,
  MemberDto,
  MemberPageDto,
  RemovedMemberDto,
  RemoveMemberDto,
} from './member.dto.js';
import { MembersService } from './members.service.js';

/** People in all businesses, for administrators of the platform. */
@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/members')
export class MembershipsController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @ApiOperation({
    operationId: 'listMemberships',
    summary: 'List the memberships of a person in all businesses, oldest first',
  })
  @ApiOkResponse({ type: MemberPageDto, description: 'One page.' })
  list(@Query() query: ListMembershipsDto): Promise<MemberPageDto> {
    return this.members.list(null, query);
  }
}

@ApiTags('members')
@Controller('api/v1/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @BusinessRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listMembers', summary: 'List the members, oldest first' })
  @ApiOkResponse({ type: MemberPageDto, description: 'One page.' })
  list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: ListMembersDto,
  ): Promise<MemberPageDto> {
    return this.members.list(caller.businessId, query);
  }

  @Post()
  @BusinessRoute('rescind:members:write', 409, 413, 415)
  @ApiOperation({ operationId: 'addMember', summary: 'Add a member' })
  @ApiCreatedResponse({ type: MemberDto, description: 'The member.' })
  async add(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: AddMemberDto,
  ): Promise<MemberDto> {
    return MemberDto.from(await this.members.add(caller.businessId, input, caller));
  }

  @Get(':member_id')
  @BusinessRoute('rescind:members:read', 404)
  @ApiOperation({ operationId: 'getMember', summary: 'Read a member' })
  @ApiOkResponse({ type: MemberDto, description: 'The member.' })
  async get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('member_id') id: string,
  ): Promise<MemberDto> {
    return MemberDto.from(await this.members.get(caller.businessId, id));
  }

  @Patch(':member_id')
  @Lowers(isOfRole)
  @BusinessRoute('rescind:members:write', 404, 409, 413, 415)
  @ApiOperation({ operationId: 'changeMember', summary: 'Change the name or the role of a member' })
  @ApiOkResponse({ type: MemberDto, description: 'The changed member.' })
  async change(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('member_id') id: string,
    @Body() input: ChangeMemberDto,
  ): Promise<MemberDto> {
    return MemberDto.from(await this.members.change(caller.businessId, id, input, caller));
  }

  @Delete(':member_id')
  @Revokes()
  @BusinessRoute('rescind:members:write', 404, 409, 413, 415)
  @ApiOperation({
    operationId: 'removeMember',
    summary: 'Remove a member and revoke all their tokens',
    description: 'One transaction. Once this has answered, their tokens are refused everywhere.',
  })
  @ApiOkResponse({ type: RemovedMemberDto, description: 'The member that was removed.' })
  async remove(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('member_id') id: string,
    @Body() input: RemoveMemberDto,
  ): Promise<RemovedMemberDto> {
    return RemovedMemberDto.of(
      await this.members.remove(caller.businessId, id, input.reason ?? null, caller),
    );
  }
}
