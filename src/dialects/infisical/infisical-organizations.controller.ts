import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { refusal } from '../../common/errors/domain-error.js';
import {
  InfisicalIdentityDetailsAnswerDto,
  InfisicalOrganizationDto,
  InfisicalOrganizationListDto,
} from './infisical-identity.dto.js';
import { InfisicalRefusals } from './infisical-error.dto.js';

@ApiTags('infisical')
@Controller('api/v1')
export class InfisicalOrganizationsController {
  constructor(private readonly businesses: BusinessesRepository) {}

  @Get('identities/details')
  @TokenBusinessRoute()
  @ApiOperation({ operationId: 'getIdentityDetails', summary: 'The organization of the calling token' })
  @ApiOkResponse({ type: InfisicalIdentityDetailsAnswerDto, description: 'The business.' })
  @InfisicalRefusals()
  async details(@CurrentBusinessCaller() caller: BusinessCaller): Promise<InfisicalIdentityDetailsAnswerDto> {
    return { identityDetails: { organization: await this.organizationOf(caller) } };
  }

  @Get('organization')
  @TokenBusinessRoute()
  @ApiOperation({
    operationId: 'listInfisicalOrganizations',
    summary: 'The organizations of the calling token: one',
  })
  @ApiOkResponse({ type: InfisicalOrganizationListDto, description: 'The business.' })
  @InfisicalRefusals()
  async list(@CurrentBusinessCaller() caller: BusinessCaller): Promise<InfisicalOrganizationListDto> {
    return { organizations: [await this.organizationOf(caller)] };
  }

  private async organizationOf({ businessId }: BusinessCaller): Promise<InfisicalOrganizationDto> {
    const business = await this.businesses.find(businessId);
    if (business === null) throw refusal('business.not_found');
    const { id, name, slug } = business;
    return { id, name, slug };
  }
}
