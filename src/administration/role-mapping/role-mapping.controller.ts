import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { Lowers } from '../../auth/revokes.decorator.js';
import { BusinessRoute } from '../../auth/route.decorator.js';
import { RoleMappingDto } from './role-mapping.dto.js';
import { MappedRolesService } from '../members/mapped-roles.service.js';

@ApiTags('members')
@Controller('api/v1/role-mapping')
export class RoleMappingController {
  constructor(private readonly roles: MappedRolesService) {}

  @Get()
  @BusinessRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getRoleMapping', summary: 'Which roles the groups of a directory give' })
  @ApiOkResponse({ type: RoleMappingDto, description: 'The mapping.' })
  async get(@CurrentBusinessCaller() { businessId }: BusinessCaller): Promise<RoleMappingDto> {
    return RoleMappingDto.from(await this.roles.get(businessId));
  }

  @Put()
  @Lowers()
  @BusinessRoute('rescind:business:admin', 409, 413, 415)
  @ApiOperation({
    operationId: 'setRoleMapping',
    summary: 'Set which roles the groups of a directory give',
    description:
      'Replaces the mapping. The roles that follow from it hold everywhere once this has answered. Nobody can map or unmap a role above their own.',
  })
  @ApiOkResponse({ type: RoleMappingDto, description: 'The mapping that holds now.' })
  async set(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() { groups, default_role }: RoleMappingDto,
  ): Promise<RoleMappingDto> {
    return RoleMappingDto.from(await this.roles.set(caller, { groups, defaultRole: default_role }));
  }
}
