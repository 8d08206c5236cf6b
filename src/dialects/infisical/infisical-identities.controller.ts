import { Body, Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type BusinessCaller, CurrentBusinessCaller } from '../../auth/caller.js';
import { isOfRole, Lowers, Revokes } from '../../auth/revokes.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import {
  ChangeInfisicalIdentityDto,
  CreateInfisicalIdentityDto,
  InfisicalIdentityAnswerDto,
  InfisicalIdentityDetailsAnswerDto,
  InfisicalMembershipAnswerDto,
  InfisicalOrganizationDto,
  InfisicalOrganizationListDto,
} from './infisical-identity.dto.js';
import { InfisicalRoute, SharedInfisicalRoute } from './infisical-route.js';
import { InfisicalIdentitiesService } from './infisical-identities.service.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { refusal } from '../../common/errors/domain-error.js';

@ApiTags('infisical')
@Controller('api/v1')
export class InfisicalOrganizationsController {
  constructor(private readonly businesses: BusinessesRepository) {}

  @Get('identities/details')
  @InfisicalRoute()
  @ApiOperation({ operationId: 'getIdentityDetails', summary: 'The organization of the calling token' })
  @ApiOkResponse({ type: InfisicalIdentityDetailsAnswerDto, description: 'The business.' })
  async details(@CurrentBusinessCaller() caller: BusinessCaller): Promise<InfisicalIdentityDetailsAnswerDto> {
    return { identityDetails: { organization: await this.organizationOf(caller) } };
  }

  @Get('organization')
  @InfisicalRoute()
  @ApiOperation({
    operationId: 'listInfisicalOrganizations',
    summary: 'The organizations of the calling token: one',
  })
  @ApiOkResponse({ type: InfisicalOrganizationListDto, description: 'The business.' })
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

/** Machine identities. The native API has these addresses too; see SharedInfisicalRoute. */
@ApiTags('infisical')
@Controller('api/v1/identities')
export class InfisicalIdentitiesController {
  constructor(private readonly identities: InfisicalIdentitiesService) {}

  @Post()
  @SharedInfisicalRoute('rescind:members:write', 413, 415)
  @ApiOperation({
    operationId: 'createInfisicalIdentity',
    summary: 'Create a machine identity',
    description: 'Without `x-business-id`: with it, this is the native API.',
  })
  @ApiOkResponse({ type: InfisicalIdentityAnswerDto, description: 'The identity.' })
  async create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: CreateInfisicalIdentityDto,
  ): Promise<InfisicalIdentityAnswerDto> {
    return { identity: await this.identities.create(caller, input) };
  }

  @Get(':identityId')
  @SharedInfisicalRoute('rescind:members:read', 404)
  @ApiOperation({
    operationId: 'getInfisicalIdentity',
    summary: 'Read a machine identity and its role',
    description: 'Without `x-business-id`: with it, this is the native API.',
  })
  @ApiOkResponse({ type: InfisicalMembershipAnswerDto, description: 'The identity in its organization.' })
  async get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') id: string,
  ): Promise<InfisicalMembershipAnswerDto> {
    return { identity: await this.identities.get(caller, id) };
  }

  @Patch(':identityId')
  @Lowers(isOfRole)
  @SharedInfisicalRoute('rescind:members:write', 404, 413, 415)
  @ApiOperation({
    operationId: 'changeInfisicalIdentity',
    summary: 'Change name or role of a machine identity',
    description: 'Without `x-business-id`: with it, this is the native API.',
  })
  @ApiOkResponse({ type: InfisicalIdentityAnswerDto, description: 'The changed identity.' })
  async change(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') id: string,
    @Body() input: ChangeInfisicalIdentityDto,
  ): Promise<InfisicalIdentityAnswerDto> {
    return { identity: await this.identities.change(caller, id, input) };
  }

  @Delete(':identityId')
  @Revokes()
  @SharedInfisicalRoute('rescind:members:write', 404, 413, 415)
  @ApiOperation({
    operationId: 'deleteInfisicalIdentity',
    summary: 'Delete a machine identity and revoke all its tokens',
    description:
      'Once this has answered, its tokens are refused everywhere. The identity stays for the log, disabled, and is shown no more.',
  })
  @ApiOkResponse({ type: InfisicalIdentityAnswerDto, description: 'The identity that was deleted.' })
  async delete(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') id: string,
  ): Promise<InfisicalIdentityAnswerDto> {
    return { identity: await this.identities.delete(caller, id) };
  }
}
