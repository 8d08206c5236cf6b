import { Body, Controller, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { BusinessRoute, Refusals } from '../../auth/route.decorator.js';
import { isOfRole, Lowers, Revokes } from '../../auth/revokes.decorator.js';
import { PageQueryDto } from '../../common/page-query.dto.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { IdentitiesService } from './identities.service.js';
import {
  ChangeIdentityDto,
  CreateIdentityDto,
  DisabledIdentityDto,
  DisableIdentityDto,
  IdentityDto,
  IdentityPageDto,
} from './identity.dto.js';

@ApiTags('identities')
@Controller('api/v1/identities')
export class IdentitiesController {
  constructor(private readonly identities: IdentitiesService) {}

  @Get()
  @BusinessRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listIdentities', summary: 'List the machine identities, oldest first' })
  @ApiOkResponse({ type: IdentityPageDto, description: 'One page.' })
  list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: PageQueryDto,
  ): Promise<IdentityPageDto> {
    return this.identities.list(caller.businessId, query);
  }

  @Post()
  @BusinessRoute('rescind:members:write')
  @ApiOperation({ operationId: 'createIdentity', summary: 'Create a machine identity' })
  @ApiCreatedResponse({ type: IdentityDto, description: 'The identity.' })
  @Refusals(413, 415)
  async create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: CreateIdentityDto,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.create(caller, input));
  }

  @Get(':identity_id')
  @BusinessRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getIdentity', summary: 'Read a machine identity' })
  @ApiOkResponse({ type: IdentityDto, description: 'The identity.' })
  @Refusals(404)
  async get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.get(caller.businessId, id));
  }

  @Patch(':identity_id')
  @Lowers(isOfRole)
  @BusinessRoute('rescind:members:write')
  @ApiOperation({
    operationId: 'changeIdentity',
    summary: 'Change name, description or role of a machine identity',
  })
  @ApiOkResponse({ type: IdentityDto, description: 'The changed identity.' })
  @Refusals(404, 413, 415)
  async change(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
    @Body() input: ChangeIdentityDto,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.change(caller, id, input));
  }

  @Post(':identity_id/disable')
  @Revokes()
  @HttpCode(201)
  @BusinessRoute('rescind:members:write')
  @ApiOperation({
    operationId: 'disableIdentity',
    summary: 'Disable a machine identity and revoke all its tokens',
    description:
      'One transaction. Once this has answered, its tokens are refused everywhere; enabling it later does not bring them back.',
  })
  @ApiCreatedResponse({ type: DisabledIdentityDto, description: 'The disabled identity.' })
  @Refusals(404, 413, 415)
  async disable(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
    @Body() input: DisableIdentityDto,
  ): Promise<DisabledIdentityDto> {
    const { identity, tokensRevoked } = await this.identities.disable(caller, id, input.reason ?? null);
    return { ...IdentityDto.from(identity), tokens_revoked: tokensRevoked };
  }

  @Post(':identity_id/enable')
  @HttpCode(201)
  @BusinessRoute('rescind:members:write')
  @ApiOperation({
    operationId: 'enableIdentity',
    summary: 'Enable a machine identity again',
    description: 'Its revoked tokens stay revoked.',
  })
  @ApiCreatedResponse({ type: IdentityDto, description: 'The enabled identity.' })
  @Refusals(404)
  async enable(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.enable(caller, id));
  }
}
