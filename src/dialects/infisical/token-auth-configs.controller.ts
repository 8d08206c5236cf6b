import { Body, Controller, Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { TokenAuthService } from './token-auth/token-auth.service.js';
import { InfisicalRefusals } from './infisical-error.dto.js';
import { TokenAuthConfigAnswerDto, TokenAuthSettingsDto } from './token-auth-config.dto.js';

@ApiTags('infisical')
@Controller('api/v1/auth/token-auth/identities/:identityId')
export class TokenAuthConfigsController {
  constructor(private readonly tokenAuth: TokenAuthService) {}

  @Post()
  @HttpCode(200)
  @TokenBusinessRoute('rescind:members:write')
  @ApiOperation({ operationId: 'attachTokenAuth', summary: 'Attach Token Auth to an identity' })
  @ApiBody({ type: TokenAuthSettingsDto, required: false })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The terms of its tokens.' })
  @InfisicalRefusals(404, 413, 415)
  async attach(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @Body() input: TokenAuthSettingsDto,
  ): Promise<TokenAuthConfigAnswerDto> {
    const settings = TokenAuthSettingsDto.settingsOf(input);
    return TokenAuthConfigAnswerDto.from(await this.tokenAuth.attach(caller, identityId, settings));
  }

  @Get()
  @TokenBusinessRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getTokenAuth', summary: 'Read the Token Auth of an identity' })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The terms of its tokens.' })
  @InfisicalRefusals(404)
  async get(
    @CurrentBusinessCaller() { businessId }: BusinessCaller,
    @UuidParam('identityId') identityId: string,
  ): Promise<TokenAuthConfigAnswerDto> {
    return TokenAuthConfigAnswerDto.from(await this.tokenAuth.get(businessId, identityId));
  }

  @Patch()
  @TokenBusinessRoute('rescind:members:write')
  @ApiOperation({
    operationId: 'changeTokenAuth',
    summary: 'Change the Token Auth of an identity',
    description: 'For tokens that are issued from now on; the trusted IPs also apply to existing tokens.',
  })
  @ApiBody({ type: TokenAuthSettingsDto, required: false })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The changed terms.' })
  @InfisicalRefusals(404, 413, 415)
  async change(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @Body() input: TokenAuthSettingsDto,
  ): Promise<TokenAuthConfigAnswerDto> {
    const changes = TokenAuthSettingsDto.settingsOf(input);
    return TokenAuthConfigAnswerDto.from(await this.tokenAuth.change(caller, identityId, changes));
  }

  @Delete()
  @Revokes()
  @TokenBusinessRoute('rescind:members:write')
  @ApiOperation({
    operationId: 'detachTokenAuth',
    summary: 'Detach Token Auth from an identity and revoke every token that it issued',
    description: 'One transaction. Once this has answered, the tokens are refused everywhere.',
  })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The terms as they were.' })
  @InfisicalRefusals(404, 413, 415)
  async detach(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
  ): Promise<TokenAuthConfigAnswerDto> {
    return TokenAuthConfigAnswerDto.from(await this.tokenAuth.detach(caller, identityId));
  }
}
