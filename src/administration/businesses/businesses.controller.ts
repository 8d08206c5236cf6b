import {
  Body,
  Controller,
  Delete,
  Get,
  Patch,
  Post,
  Query,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { PlatformRoute, Refusals } from '../../auth/route.decorator.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import {
  AddMemberDto,
  ChangeMemberDto,
  ListMembersDto,
  MemberDto,
  MemberPageDto,
  RemovedMemberDto,
  RemoveMemberDto,
} from '../members/member.dto.js';
import { MembersService } from '../members/members.service.js';
import {
  BusinessDto,
  BusinessPageDto,
  ChangeBusinessDto,
  CreateBusinessDto,
  ListBusinessesDto,
  SuspendBusinessDto,
} from './business.dto.js';
import { BusinessesService } from './businesses.service.js';
import { AdmissionInterceptor } from '../../auth/admission.interceptor.js';
import { BearerGuard } from '../../auth/bearer.guard.js';
import { CallLimitGuard } from '../../auth/call-limit.guard.js';
import { PageQueryDto } from '../../common/page-query.dto.js';

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
  list(@CurrentCaller() caller: Caller, @Query() query: PageQueryDto): Promise<BusinessPageDto> {
    return this.businesses.listOf(caller, query);
  }
}

@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/businesses')
export class BusinessesController {
  constructor(
    private readonly businesses: BusinessesService,
    private readonly members: MembersService,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listBusinesses', summary: 'List the businesses, oldest first' })
  @ApiOkResponse({ type: BusinessPageDto, description: 'One page.' })
  list(@Query() query: ListBusinessesDto): Promise<BusinessPageDto> {
    return this.businesses.list(query);
  }

  @Post()
  @ApiOperation({ operationId: 'createBusiness', summary: 'Create a business' })
  @ApiCreatedResponse({ type: BusinessDto, description: 'The business.' })
  @Refusals(409, 413, 415)
  async create(@CurrentCaller() caller: Caller, @Body() input: CreateBusinessDto): Promise<BusinessDto> {
    return BusinessDto.from(await this.businesses.create(input, caller));
  }

  @Get(':business_id')
  @ApiOperation({ operationId: 'getBusiness', summary: 'Read a business' })
  @ApiOkResponse({ type: BusinessDto, description: 'The business.' })
  @Refusals(404)
  async get(@UuidParam('business_id') id: string): Promise<BusinessDto> {
    return BusinessDto.from(await this.businesses.get(id));
  }

  @Patch(':business_id')
  @ApiOperation({
    operationId: 'changeBusiness',
    summary: 'Change name, slug, token prefix or policies of a business',
  })
  @ApiOkResponse({ type: BusinessDto, description: 'The changed business.' })
  @Refusals(404, 409, 413, 415)
  async change(
    @CurrentCaller() caller: Caller,
    @UuidParam('business_id') id: string,
    @Body() input: ChangeBusinessDto,
  ): Promise<BusinessDto> {
    return BusinessDto.from(await this.businesses.change(id, input, caller));
  }

  @Post(':business_id/suspend')
  @Revokes()
  @ApiOperation({
    operationId: 'suspendBusiness',
    summary: 'Suspend a business',
    description: 'All its tokens answer inactive, on every verifier, until it is resumed. Not a revocation.',
  })
  @ApiCreatedResponse({ type: BusinessDto, description: 'The suspended business.' })
  @Refusals(404, 413, 415)
  async suspend(
    @CurrentCaller() caller: Caller,
    @UuidParam('business_id') id: string,
    @Body() input: SuspendBusinessDto,
  ): Promise<BusinessDto> {
    return BusinessDto.from(await this.businesses.suspend(id, input.reason ?? null, caller));
  }

  @Post(':business_id/resume')
  @Revokes()
  @ApiOperation({ operationId: 'resumeBusiness', summary: 'Resume a suspended business' })
  @ApiCreatedResponse({ type: BusinessDto, description: 'The resumed business.' })
  @Refusals(404)
  async resume(@CurrentCaller() caller: Caller, @UuidParam('business_id') id: string): Promise<BusinessDto> {
    return BusinessDto.from(await this.businesses.resume(id, caller));
  }

  @Get(':business_id/members')
  @ApiOperation({ operationId: 'listBusinessMembers', summary: 'List the members of a business' })
  @ApiOkResponse({ type: MemberPageDto, description: 'One page.' })
  @Refusals(404)
  async listMembers(
    @UuidParam('business_id') id: string,
    @Query() query: ListMembersDto,
  ): Promise<MemberPageDto> {
    return this.members.list((await this.businesses.get(id)).id, query);
  }

  @Post(':business_id/members')
  @ApiOperation({
    operationId: 'addBusinessMember',
    summary: 'Add a member to a business, such as its first owner',
  })
  @ApiCreatedResponse({ type: MemberDto, description: 'The member.' })
  @Refusals(404, 409, 413, 415)
  async addMember(
    @CurrentCaller() caller: Caller,
    @UuidParam('business_id') id: string,
    @Body() input: AddMemberDto,
  ): Promise<MemberDto> {
    return MemberDto.from(await this.members.add((await this.businesses.get(id)).id, input, caller));
  }

  @Patch(':business_id/members/:member_id')
  @ApiOperation({ operationId: 'changeBusinessMember', summary: 'Change a member of a business' })
  @ApiOkResponse({ type: MemberDto, description: 'The changed member.' })
  @Refusals(404, 409, 413, 415)
  async changeMember(
    @CurrentCaller() caller: Caller,
    @UuidParam('business_id') id: string,
    @UuidParam('member_id') memberId: string,
    @Body() input: ChangeMemberDto,
  ): Promise<MemberDto> {
    return MemberDto.from(await this.members.change(id, memberId, input, caller));
  }

  @Delete(':business_id/members/:member_id')
  @Revokes()
  @ApiOperation({
    operationId: 'removeBusinessMember',
    summary: 'Remove a member of a business and revoke all their tokens',
  })
  @ApiOkResponse({ type: RemovedMemberDto, description: 'The member that was removed.' })
  @Refusals(404, 409, 413, 415)
  async removeMember(
    @CurrentCaller() caller: Caller,
    @UuidParam('business_id') id: string,
    @UuidParam('member_id') memberId: string,
    @Body() input: RemoveMemberDto,
  ): Promise<RemovedMemberDto> {
    return RemovedMemberDto.of(await this.members.remove(id, memberId, input.reason ?? null, caller));
  }
}
