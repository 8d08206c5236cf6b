import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { BusinessRoute } from '../../auth/route.decorator.js';
import { ScopeCatalogueDto } from './scope-catalogue.dto.js';
import { ScopeCatalogueService } from './scope-catalogue.service.js';

@ApiTags('tokens')
@Controller('api/v1/scopes')
export class ScopesController {
  constructor(private readonly catalogue: ScopeCatalogueService) {}

  @Get()
  @BusinessRoute('rescind:tokens:write')
  @ApiOperation({
    operationId: 'getScopeCatalogue',
    summary: 'The scopes that tokens can be given',
    description:
      "Rescind's own scopes, and those of your product that are known: configured, your own, or carried by the newest tokens that you may read. For choosing from when a token is issued.",
  })
  @ApiOkResponse({ type: ScopeCatalogueDto, description: 'The scopes.' })
  get(@CurrentBusinessCaller() caller: BusinessCaller): Promise<ScopeCatalogueDto> {
    return this.catalogue.get(caller);
  }
}
