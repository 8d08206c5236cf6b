import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type BusinessCaller, CurrentBusinessCaller, CurrentRequestFacts } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { InfisicalRefusals } from './infisical-error.dto.js';
import {
  AccessTokenDto,
  CreatedAccessTokenDto,
  InfisicalMessageDto,
  InfisicalTokenAnswerDto,
  InfisicalTokenListDto,
  NameTokenDto,
  RenewedAccessTokenDto,
  TokenRangeDto,
} from './infisical-token.dto.js';
import { InfisicalRoute } from './infisical-route.js';
import { InfisicalTokensService } from './infisical-tokens.service.js';
import type { RequestFacts } from '../../audit/trail/audit-draft.js';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { TokenAuthService } from './token-auth/token-auth.service.js';
import { TokenAuthConfigAnswerDto, TokenAuthSettingsDto } from './token-auth-config.dto.js';

@ApiTags('infisical')
@Controller('api/v1/auth/token-auth/identities/:identityId')
export class TokenAuthConfigsController {
  constructor(private readonly tokenAuth: TokenAuthService) {}

  @Post()
  @InfisicalRoute('rescind:members:write', 404, 413, 415)
  @ApiOperation({ operationId: 'attachTokenAuth', summary: 'Attach Token Auth to an identity' })
  @ApiBody({ type: TokenAuthSettingsDto, required: false })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The terms of its tokens.' })
  async attach(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @Body() input: TokenAuthSettingsDto,
  ): Promise<TokenAuthConfigAnswerDto> {
    const settings = TokenAuthSettingsDto.settingsOf(input);
    return TokenAuthConfigAnswerDto.from(await this.tokenAuth.attach(caller, identityId, settings));
  }

  @Get()
  @InfisicalRoute('rescind:members:read', 404)
  @ApiOperation({ operationId: 'getTokenAuth', summary: 'Read the Token Auth of an identity' })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The terms of its tokens.' })
  async get(
    @CurrentBusinessCaller() { businessId }: BusinessCaller,
    @UuidParam('identityId') identityId: string,
  ): Promise<TokenAuthConfigAnswerDto> {
    return TokenAuthConfigAnswerDto.from(await this.tokenAuth.get(businessId, identityId));
  }

  @Patch()
  @InfisicalRoute('rescind:members:write', 404, 413, 415)
  @ApiOperation({
    operationId: 'changeTokenAuth',
    summary: 'Change the Token Auth of an identity',
    description: 'For tokens that are issued from now on; the trusted IPs also apply to existing tokens.',
  })
  @ApiBody({ type: TokenAuthSettingsDto, required: false })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The changed terms.' })
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
  @InfisicalRoute('rescind:members:write', 404, 413, 415)
  @ApiOperation({
    operationId: 'detachTokenAuth',
    summary: 'Detach Token Auth from an identity and revoke every token that it issued',
    description: 'One transaction. Once this has answered, the tokens are refused everywhere.',
  })
  @ApiOkResponse({ type: TokenAuthConfigAnswerDto, description: 'The terms as they were.' })
  async detach(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
  ): Promise<TokenAuthConfigAnswerDto> {
    return TokenAuthConfigAnswerDto.from(await this.tokenAuth.detach(caller, identityId));
  }
}

/** What the holder of a secret may do with it, without any other credential. */
@ApiTags('infisical')
@Controller('api/v1/auth/token')
export class AccessTokensController {
  constructor(private readonly tokens: InfisicalTokensService) {}

  @Post('renew')
  @OpenRoute()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'renewAccessToken',
    summary: 'Extend the expiry of a token, by its secret',
    description:
      'To its TTL from now, never past its creation plus its maximum TTL. The secret stays the same, and this is not a use of it.',
  })
  @ApiOkResponse({ type: RenewedAccessTokenDto, description: 'The same token, with a later expiry.' })
  @InfisicalRefusals(413, 415)
  renew(
    @Body() { accessToken }: AccessTokenDto,
    @CurrentRequestFacts() request: RequestFacts,
  ): Promise<RenewedAccessTokenDto> {
    return this.tokens.renew(accessToken, request);
  }

  @Post('revoke')
  @OpenRoute()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'revokeAccessToken',
    summary: 'Revoke a token by its secret',
    description: 'The answer is the same for a secret that is unknown or revoked already.',
  })
  @ApiOkResponse({ type: InfisicalMessageDto, description: 'No verifier accepts the secret any more.' })
  @InfisicalRefusals(413, 415)
  async revokeInfisicalAccessToken(
    @Body() { accessToken }: AccessTokenDto,
    @CurrentRequestFacts() request: RequestFacts,
  ): Promise<InfisicalMessageDto> {
    await this.tokens.revokeInfisicalAccessToken(accessToken, request);
    return { message: 'The access token is revoked.' };
  }
}

@ApiTags('infisical')
@Controller('api/v1/auth/token-auth')
export class InfisicalTokensController {
  constructor(private readonly tokens: InfisicalTokensService) {}

  @Post('identities/:identityId/tokens')
  @InfisicalRoute('rescind:tokens:write', 404, 413, 415)
  @ApiOperation({
    operationId: 'createTokenAuthToken',
    summary: 'Create a token for an identity',
    description: 'The secret is part of this answer and of no other.',
  })
  @ApiBody({ type: NameTokenDto, required: false })
  @ApiOkResponse({ type: CreatedAccessTokenDto, description: 'The token, with its secret.' })
  create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @Body() input: NameTokenDto,
  ): Promise<CreatedAccessTokenDto> {
    return this.tokens.create(caller, identityId, input);
  }

  @Get('identities/:identityId/tokens')
  @InfisicalRoute('rescind:tokens:read', 404)
  @ApiOperation({
    operationId: 'listTokenAuthTokens',
    summary: 'List the tokens of an identity, last changed first, revoked ones included',
  })
  @ApiOkResponse({ type: InfisicalTokenListDto, description: 'The tokens.' })
  async list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @Query() range: TokenRangeDto,
  ): Promise<InfisicalTokenListDto> {
    return { tokens: await this.tokens.list(caller, identityId, range) };
  }

  @Get('identities/:identityId/tokens/:tokenId')
  @InfisicalRoute('rescind:tokens:read', 404)
  @ApiOperation({ operationId: 'getTokenAuthTokenOfIdentity', summary: 'Read a token of an identity' })
  @ApiOkResponse({ type: InfisicalTokenAnswerDto, description: 'The record of the token.' })
  async getOfIdentity(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @UuidParam('tokenId') tokenId: string,
  ): Promise<InfisicalTokenAnswerDto> {
    return { token: await this.tokens.get(caller, tokenId, identityId) };
  }

  @Get('tokens/:tokenId')
  @InfisicalRoute('rescind:tokens:read', 404)
  @ApiOperation({ operationId: 'getTokenAuthToken', summary: 'Read a token' })
  @ApiOkResponse({ type: InfisicalTokenAnswerDto, description: 'The record of the token.' })
  async get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('tokenId') tokenId: string,
  ): Promise<InfisicalTokenAnswerDto> {
    return { token: await this.tokens.get(caller, tokenId) };
  }

  @Patch('tokens/:tokenId')
  @InfisicalRoute('rescind:tokens:write', 404, 413, 415)
  @ApiOperation({ operationId: 'renameTokenAuthToken', summary: 'Rename a token' })
  @ApiBody({ type: NameTokenDto, required: false })
  @ApiOkResponse({ type: InfisicalTokenAnswerDto, description: 'The changed record.' })
  async changeName(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('tokenId') tokenId: string,
    @Body() input: NameTokenDto,
  ): Promise<InfisicalTokenAnswerDto> {
    return { token: await this.tokens.changeName(caller, tokenId, input) };
  }

  @Post('tokens/:tokenId/revoke')
  @Revokes()
  @InfisicalRoute([], 404, 413, 415)
  @ApiOperation({
    operationId: 'revokeTokenAuthToken',
    summary: 'Revoke a token',
    description:
      'Irreversible. Once this has answered, the token is refused everywhere. A token that was revoked already is answered like one that does not exist.',
  })
  @ApiOkResponse({
    type: InfisicalMessageDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  async revokeInfisicalToken(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('tokenId') tokenId: string,
  ): Promise<InfisicalMessageDto> {
    await this.tokens.revokeInfisicalToken(caller, tokenId);
    return { message: 'The access token is revoked.' };
  }
}
