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
import { Revokes } from '../../auth/revokes.decorator.js';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { Issuer } from '../../common/http/issuer.js';
import { ScimListDto, ScimProjectionDto } from './scim-list.js';
import { ScimRefusals } from './scim-refusals.decorator.js';
import { ScimRoute } from './scim-route.decorator.js';
import { SCIM_JSON, SCIM_PATH } from './scim-urns.js';
import { scimBase, ScimPatchDto, ScimUserDto, ScimUserInputDto, ScimUserListDto } from './scim-user.dto.js';
import { deactivates } from './scim-user-request.js';
import { ScimUsersService } from './scim-users.service.js';

const WHEN_INACTIVE =
  '`active: false` ends the membership and revokes every token and session of the user: once this has answered, they are refused everywhere. `active: true` begins the membership again, without any of them.';

@ApiTags('scim')
@ApiProduces(SCIM_JSON)
@Controller(`${SCIM_PATH}/Users`)
export class ScimUsersController {
  constructor(
    private readonly users: ScimUsersService,
    private readonly issuer: Issuer,
  ) {}

  @Get()
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listScimUsers', summary: 'List the users, oldest first' })
  @ApiOkResponse({ type: ScimUserListDto, description: 'One page.' })
  @ScimRefusals()
  list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: ScimListDto,
    @Req() request: FastifyRequest,
  ): Promise<ScimUserListDto> {
    return this.users.list(caller, query, this.base(request));
  }

  @Post()
  @ScimRoute('rescind:members:write')
  @ApiOperation({ operationId: 'createScimUser', summary: 'Add a user, as a member of the business' })
  @ApiBody({ type: ScimUserInputDto })
  @ApiCreatedResponse({ type: ScimUserDto, description: 'The user.' })
  @ScimRefusals(409, 413, 415)
  async create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() body: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScimUserDto> {
    const user = await this.users.create(caller, body, this.base(request));
    void reply.header('location', user.meta.location);
    return user;
  }

  @Get(':id')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getScimUser', summary: 'Read a user' })
  @ApiOkResponse({ type: ScimUserDto, description: 'The user.' })
  @ScimRefusals(404)
  get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('id') id: string,
    @Query() projection: ScimProjectionDto,
    @Req() request: FastifyRequest,
  ): Promise<ScimUserDto> {
    return this.users.get(caller, id, projection, this.base(request));
  }

  @Put(':id')
  @Revokes(deactivates)
  @ScimRoute('rescind:members:write')
  @ApiOperation({ operationId: 'replaceScimUser', summary: 'Replace a user', description: WHEN_INACTIVE })
  @ApiBody({ type: ScimUserInputDto })
  @ApiOkResponse({ type: ScimUserDto, description: 'The user.' })
  @ScimRefusals(404, 409, 413, 415)
  replace(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ): Promise<ScimUserDto> {
    return this.users.replace(caller, id, body, this.base(request));
  }

  @Patch(':id')
  @Revokes(deactivates)
  @ScimRoute('rescind:members:write')
  @ApiOperation({ operationId: 'patchScimUser', summary: 'Change a user', description: WHEN_INACTIVE })
  @ApiBody({ type: ScimPatchDto })
  @ApiOkResponse({ type: ScimUserDto, description: 'The user.' })
  @ScimRefusals(404, 409, 413, 415)
  patch(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('id') id: string,
    @Body() body: Record<string, unknown>,
    @Req() request: FastifyRequest,
  ): Promise<ScimUserDto> {
    return this.users.patch(caller, id, body, this.base(request));
  }

  @Delete(':id')
  @Revokes()
  @HttpCode(204)
  @TokenBusinessRoute('rescind:members:write')
  @ApiOperation({
    operationId: 'deleteScimUser',
    summary: 'Remove a user for good, and revoke all their tokens and sessions',
  })
  @ApiNoContentResponse({ description: 'It is done.' })
  @ScimRefusals(404, 409)
  delete(@CurrentBusinessCaller() caller: BusinessCaller, @Param('id') id: string): Promise<void> {
    return this.users.delete(caller, id);
  }

  private base(request: FastifyRequest): string {
    return scimBase(this.issuer.of(request));
  }
}
