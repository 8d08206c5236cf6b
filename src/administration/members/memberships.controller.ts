import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PlatformRoute } from '../../auth/route.decorator.js';
import { ListMembershipsDto } from '../search.dto.js';
import { MemberPageDto } from './member.dto.js';
import { NativeMembersService } from './native-members.service.js';

/** People in all businesses, for administrators of the platform. */
@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/members')
export class MembershipsController {
  constructor(private readonly members: NativeMembersService) {}

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
