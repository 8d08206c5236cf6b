import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { Issuer } from '../../common/http/issuer.js';
import { ScimGroupDto, ScimGroupInputDto, ScimGroupListDto } from './scim-group.dto.js';
import { ScimGroupsService } from './scim-groups.service.js';
import { ScimListDto, ScimProjectionDto } from './scim-list.js';
import { ScimRefusals } from './scim-refusals.decorator.js';
import { ScimRoute } from './scim-route.decorator.js';
import { SCIM_JSON, SCIM_PATH } from './scim-urns.js';
import { scimBase, ScimPatchDto } from './scim-user.dto.js';

const ROLES_FOLLOW =
  'The roles that follow from it hold everywhere once this has answered (`PUT /api/v1/role-mapping`).';

@ApiTags('scim')
@ApiProduces(SCIM_JSON)
@Controller(`${SCIM_PATH}/Groups`)
export class ScimGroupsController {
  constructor(
    private readonly groups: ScimGroupsService,
    private readonly issuer: Issuer,
  ) {}

  @Get()
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listScimGroups', summary: 'List the groups, oldest first' })
  @ApiOkResponse({ type: ScimGroupListDto, description: 'One page.' })
  @ScimRefusals()
  list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: ScimListDto,
    @Req() request: FastifyRequest,
  ): Promise<ScimGroupListDto> {
    return this.groups.list(caller, query, this.base(request));
  }

  @Post()
  @ScimRoute('rescind:members:write')
  @ApiOperation({ operationId: 'createScimGroup', summary: 'Add a group' })
  @ApiBody({ type: ScimGroupInputDto })
  @ApiCreatedResponse({ type: ScimGroupDto, description: 'The group.' })
  @ScimRefusals(409, 413, 415)
  async create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() body: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimGroupDto> {
    const group = await this.groups.create(caller, body, this.base(request));
    void reply.header('location', group.meta.location);
    return group;
  }

  @Get(':id')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getScimGroup', summary: 'Read a group' })
  @ApiOkResponse({ type: ScimGroupDto, description: 'The group.' })
  @ScimRefusals(404)
  get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('id') id: string,
    @Query() projection: ScimProjectionDto,
    @Req() request: FastifyRequest,
  ): Promise<ScimGroupDto> {
    return this.groups.get(caller, id, projection, this.base(request));
  }

  @Put(':id')
  @ScimRoute('rescind:members:write')
  @ApiOperation({ operationId: 'replaceScimGroup', summary: 'Replace a group', description: ROLES_FOLLOW })
  @ApiBody({ type: ScimGroupInputDto })
  @ApiOkResponse({ type: ScimGroupDto, description: 'The group.' })
  @ScimRefusals(404, 409, 413, 415)
  replace(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ): Promise<ScimGroupDto> {
    return this.groups.replace(caller, id, body, this.base(request));
  }

  @Patch(':id')
  @ScimRoute('rescind:members:write')
  @ApiOperation({ operationId: 'patchScimGroup', summary: 'Change a group', description: ROLES_FOLLOW })
  @ApiBody({ type: ScimPatchDto })
  @ApiOkResponse({ type: ScimGroupDto, description: 'The group.' })
  @ScimRefusals(404, 409, 413, 415)
  patch(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ): Promise<ScimGroupDto> {
    return this.groups.patch(caller, id, body, this.base(request));
  }

  @Delete(':id')
  @HttpCode(204)
  @TokenBusinessRoute('rescind:members:write')
  @ApiOperation({ operationId: 'deleteScimGroup', summary: 'Delete a group' })
  @ApiNoContentResponse({ description: 'It is done.' })
  @ScimRefusals(404, 409)
  delete(@CurrentBusinessCaller() caller: BusinessCaller, @Param('id') id: string): Promise<void> {
    return this.groups.delete(caller, id);
  }

  private base(request: FastifyRequest): string {
    return scimBase(this.issuer.of(request));
  }
}
