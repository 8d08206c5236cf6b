import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ManagedByCallersBusiness } from '../../auth/caller-managed.decorator.js';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { BusinessesRepository } from '../../businesses/businesses.repository.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { InfisicalIdentityDetailsAnswerDto } from './infisical-organization.dto.js';
import { InfisicalRefusals } from './infisical-refusals.decorator.js';

@ApiTags('infisical')
@Controller('api/v1/identities/details')
export class InfisicalIdentitiesController {
  constructor(private readonly businesses: BusinessesRepository) {}

  @Get()
  @ManagedByCallersBusiness()
  @ApiOperation({ operationId: 'getIdentityDetails', summary: 'The organization of the calling token' })
  @ApiOkResponse({ type: InfisicalIdentityDetailsAnswerDto, description: 'The business.' })
  @InfisicalRefusals()
  async details(
    @CurrentBusinessCaller() { businessId }: BusinessCaller,
  ): Promise<InfisicalIdentityDetailsAnswerDto> {
    const business = await this.businesses.find(businessId);
    if (business === null) throw new DomainError('business.not_found', 'Resource not found');
    const { id, name, slug } = business;
    return { identityDetails: { organization: { id, name, slug } } };
  }
}
