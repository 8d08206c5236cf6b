import { Body, Controller, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { BusinessRoute } from '../../auth/route.decorator.js';
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
  @BusinessRoute('rescind:members:write', 413, 415)
  @ApiOperation({ operationId: 'createIdentity', summary: 'Create a machine identity' })
  @ApiCreatedResponse({ type: IdentityDto, description: 'The identity.' })
  async create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: CreateIdentityDto,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.create(caller, input));
  }

  @Get(':identity_id')
  @BusinessRoute('rescind:members:read', 404)
  @ApiOperation({ operationId: 'getIdentity', summary: 'Read a machine identity' })
  @ApiOkResponse({ type: IdentityDto, description: 'The identity.' })
  async get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.get(caller.businessId, id));
  }

  @Patch(':identity_id')
  @Lowers(isOfRole)
  @BusinessRoute('rescind:members:write', 404, 413, 415)
  @ApiOperation({
    operationId: 'changeIdentity',
    summary: 'Change name, description or role of a machine identity',
  })
  @ApiOkResponse({ type: IdentityDto, description: 'The changed identity.' })
  async change(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
    @Body() input: ChangeIdentityDto,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.change(caller, id, input));
  }

  @Post(':identity_id/disable')
  @Revokes()
  @BusinessRoute('rescind:members:write', 404, 413, 415)
  @ApiOperation({
    operationId: 'disableIdentity',
    summary: 'Disable a machine identity and revoke all its tokens',
    description:
      'One transaction. Once this has answered, its tokens are refused everywhere; enabling it later does not bring them back.',
  })
  @ApiCreatedResponse({ type: DisabledIdentityDto, description: 'The disabled identity.' })
  async disable(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
    @Body() input: DisableIdentityDto,
  ): Promise<DisabledIdentityDto> {
    const { identity, tokensRevoked } = await this.identities.disable(caller, id, input.reason ?? null);
    return { ...IdentityDto.from(identity), tokens_revoked: tokensRevoked };
  }

  @Post(':identity_id/enable')
  @BusinessRoute('rescind:members:write', 404)
  @ApiOperation({
    operationId: 'enableIdentity',
    summary: 'Enable a machine identity again',
    description: 'Its revoked tokens stay revoked.',
  })
  @ApiCreatedResponse({ type: IdentityDto, description: 'The enabled identity.' })
  async enable(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identity_id') id: string,
  ): Promise<IdentityDto> {
    return IdentityDto.from(await this.identities.enable(caller, id));
  }
}
