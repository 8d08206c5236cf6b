import { Controller, Get, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdmissionInterceptor } from '../../auth/admission.interceptor.js';
import { BearerGuard } from '../../auth/bearer.guard.js';
import { CallLimitGuard } from '../../auth/call-limit.guard.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { Refusals } from '../../auth/route.decorator.js';
import { PageQueryDto } from '../../common/page-query.dto.js';
import { BusinessDto, BusinessPageDto } from './business.dto.js';
import { BusinessesService } from './businesses.service.js';

/** Lets a client find the id for the header `x-business-id`. */
@ApiTags('tokens')
@Controller('api/v1/businesses')
export class OwnBusinessesController {
  constructor(private readonly businesses: BusinessesService) {}

  @Get()
  @UseGuards(BearerGuard, CallLimitGuard)
  @UseInterceptors(AdmissionInterceptor)
  @ApiBearerAuth('bearer')
  @ApiOperation({
    operationId: 'listOwnBusinesses',
    summary: 'List the businesses that the calling token may act in',
    description: 'The business of the token; for a platform token all businesses, oldest first.',
  })
  @ApiOkResponse({ type: BusinessPageDto, description: 'One page.' })
  @Refusals(400, 401, 403, 422, 429, 500, 503)
  async list(@CurrentCaller() caller: Caller, @Query() query: PageQueryDto): Promise<BusinessPageDto> {
    const page = await this.businesses.listOf(caller, query);
    return { ...page, items: page.items.map((business) => BusinessDto.from(business)) };
  }
}
