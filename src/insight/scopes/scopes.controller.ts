import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { Lowers } from '../../auth/revokes.decorator.js';
import { BusinessRoute, Refusals } from '../../auth/route.decorator.js';
import { DeveloperScopesService } from './developer-scopes.service.js';
import { DeveloperScopesDto, ScopeCatalogueDto } from './scope-catalogue.dto.js';
import { ScopeCatalogueService } from './scope-catalogue.service.js';

@ApiTags('tokens')
@Controller('api/v1/scopes')
export class ScopesController {
  constructor(
    private readonly catalogue: ScopeCatalogueService,
    private readonly developers: DeveloperScopesService,
  ) {}

  @Get()
  @BusinessRoute('rescind:tokens:write')
  @ApiOperation({
    operationId: 'getScopeCatalogue',
    summary: 'The scopes that tokens can be given',
    description:
      "Rescind's own scopes, and those of your product that are known: configured, your own, set for developers, or carried by the newest tokens that you may read. For choosing from when a token is issued.",
  })
  @ApiOkResponse({ type: ScopeCatalogueDto, description: 'The scopes.' })
  get(@CurrentBusinessCaller() caller: BusinessCaller): Promise<ScopeCatalogueDto> {
    return this.catalogue.get(caller);
  }

  @Put('developers')
  @Lowers()
  @BusinessRoute('rescind:business:admin')
  @ApiOperation({
    operationId: 'setDeveloperScopes',
    summary: 'Set which scopes of your product developers may give',
    description:
      'For developers who have signed in without a token, as at an OpenID provider: they have no scope of your product themselves. Replaces the list; holds for every token that is issued or rotated once this has answered. Existing tokens keep their scopes.',
  })
  @ApiOkResponse({ type: DeveloperScopesDto, description: 'The scopes that developers may give now.' })
  @Refusals(413, 415)
  async set(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() { scopes }: DeveloperScopesDto,
  ): Promise<DeveloperScopesDto> {
    return { scopes: await this.developers.set(caller, scopes) };
  }
}
