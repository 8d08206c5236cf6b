import { Body, Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { BusinessRoute } from '../../auth/route.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { LinkAccountDto, MemberAccountDto, MemberAccountsDto } from './member-account.dto.js';
import { MemberAccountsService } from './member-accounts.service.js';

@ApiTags('members')
@Controller('api/v1/members/:member_id/accounts')
export class MemberAccountsController {
  constructor(private readonly accounts: MemberAccountsService) {}

  @Get()
  @BusinessRoute('rescind:members:read', 404)
  @ApiOperation({ operationId: 'listMemberAccounts', summary: 'List what a member signs in with' })
  @ApiOkResponse({ type: MemberAccountsDto, description: 'Their accounts, the first linked first.' })
  list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('member_id') memberId: string,
  ): Promise<MemberAccountsDto> {
    return this.accounts.list(caller.businessId, memberId);
  }

  @Post()
  @BusinessRoute('rescind:business:admin', 404, 409, 413, 415)
  @ApiOperation({
    operationId: 'linkMemberAccount',
    summary: 'Let a person of an OpenID provider sign in as a member',
    description:
      'Accounts are known by issuer and subject. Nobody is ever taken for a member because of an e-mail address.',
  })
  @ApiCreatedResponse({ type: MemberAccountDto, description: 'The account.' })
  link(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('member_id') memberId: string,
    @Body() input: LinkAccountDto,
  ): Promise<MemberAccountDto> {
    return this.accounts.link(memberId, input, caller);
  }

  @Delete(':account_id')
  @Revokes()
  @BusinessRoute('rescind:members:write', 404)
  @ApiOperation({
    operationId: 'unlinkMemberAccount',
    summary: 'Take an account from a member',
    description:
      'Nobody signs in with it any more. Once this has answered, the sessions that they opened with it are refused everywhere.',
  })
  @ApiOkResponse({ type: MemberAccountDto, description: 'The account that was taken.' })
  unlink(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('member_id') memberId: string,
    @UuidParam('account_id') id: string,
  ): Promise<MemberAccountDto> {
    return this.accounts.unlink(memberId, id, caller);
  }
}
