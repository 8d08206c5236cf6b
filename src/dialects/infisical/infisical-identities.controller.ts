import { Body, Controller, Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ON_BEHALF_OF_HEADER } from '../../auth/callers-business.guard.js';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { isOfRole, Lowers, Revokes } from '../../auth/revokes.decorator.js';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import {
  ChangeInfisicalIdentityDto,
  CreateInfisicalIdentityDto,
  InfisicalIdentityAnswerDto,
  InfisicalMembershipAnswerDto,
} from './infisical-identity.dto.js';
import { InfisicalIdentitiesService } from './infisical-identities.service.js';
import { InfisicalRefusals } from './infisical-error.dto.js';
import { InfisicalRoute } from './infisical-route.js';

/** Machine identities. The native API has these addresses too; see InfisicalRoute. */
@ApiTags('infisical')
@Controller('api/v1/identities')
export class InfisicalIdentitiesController {
  constructor(private readonly identities: InfisicalIdentitiesService) {}

  @Post()
  @HttpCode(200)
  @InfisicalRoute()
  @TokenBusinessRoute('rescind:members:write', ON_BEHALF_OF_HEADER)
  @ApiOperation({
    operationId: 'createInfisicalIdentity',
    summary: 'Create a machine identity',
    description: 'Without `x-business-id`: with it, this is the native API.',
  })
  @ApiOkResponse({ type: InfisicalIdentityAnswerDto, description: 'The identity.' })
  @InfisicalRefusals(413, 415)
  async create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: CreateInfisicalIdentityDto,
  ): Promise<InfisicalIdentityAnswerDto> {
    return { identity: await this.identities.create(caller, input) };
  }

  @Get(':identityId')
  @InfisicalRoute()
  @TokenBusinessRoute('rescind:members:read', ON_BEHALF_OF_HEADER)
  @ApiOperation({
    operationId: 'getInfisicalIdentity',
    summary: 'Read a machine identity and its role',
    description: 'Without `x-business-id`: with it, this is the native API.',
  })
  @ApiOkResponse({ type: InfisicalMembershipAnswerDto, description: 'The identity in its organization.' })
  @InfisicalRefusals(404)
  async get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') id: string,
  ): Promise<InfisicalMembershipAnswerDto> {
    return { identity: await this.identities.get(caller, id) };
  }

  @Patch(':identityId')
  @Lowers(isOfRole)
  @InfisicalRoute()
  @TokenBusinessRoute('rescind:members:write', ON_BEHALF_OF_HEADER)
  @ApiOperation({
    operationId: 'changeInfisicalIdentity',
    summary: 'Change name or role of a machine identity',
    description: 'Without `x-business-id`: with it, this is the native API.',
  })
  @ApiOkResponse({ type: InfisicalIdentityAnswerDto, description: 'The changed identity.' })
  @InfisicalRefusals(404, 413, 415)
  async change(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') id: string,
    @Body() input: ChangeInfisicalIdentityDto,
  ): Promise<InfisicalIdentityAnswerDto> {
    return { identity: await this.identities.change(caller, id, input) };
  }

  @Delete(':identityId')
  @Revokes()
  @InfisicalRoute()
  @TokenBusinessRoute('rescind:members:write', ON_BEHALF_OF_HEADER)
  @ApiOperation({
    operationId: 'deleteInfisicalIdentity',
    summary: 'Delete a machine identity and revoke all its tokens',
    description:
      'Once this has answered, its tokens are refused everywhere. The identity stays for the log, disabled, and is shown no more.',
  })
  @ApiOkResponse({ type: InfisicalIdentityAnswerDto, description: 'The identity that was deleted.' })
  @InfisicalRefusals(404, 413, 415)
  async delete(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') id: string,
  ): Promise<InfisicalIdentityAnswerDto> {
    return { identity: await this.identities.delete(caller, id) };
  }
}
