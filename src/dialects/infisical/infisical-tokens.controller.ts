import { Body, Controller, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { InfisicalRefusals } from './infisical-refusals.decorator.js';
import {
  CreatedAccessTokenDto,
  InfisicalMessageDto,
  InfisicalTokenAnswerDto,
  InfisicalTokenListDto,
  NameTokenDto,
  TokenRangeDto,
} from './infisical-token.dto.js';
import { InfisicalTokensService } from './infisical-tokens.service.js';

@ApiTags('infisical')
@Controller('api/v1/auth/token-auth')
export class InfisicalTokensController {
  constructor(private readonly tokens: InfisicalTokensService) {}

  @Post('identities/:identityId/tokens')
  @HttpCode(200)
  @TokenBusinessRoute('rescind:tokens:write')
  @ApiOperation({
    operationId: 'createTokenAuthToken',
    summary: 'Create a token for an identity',
    description: 'The secret is part of this answer and of no other.',
  })
  @ApiBody({ type: NameTokenDto, required: false })
  @ApiOkResponse({ type: CreatedAccessTokenDto, description: 'The token, with its secret.' })
  @InfisicalRefusals(404, 413, 415)
  create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @Body() input: NameTokenDto,
  ): Promise<CreatedAccessTokenDto> {
    return this.tokens.create(caller, identityId, input);
  }

  @Get('identities/:identityId/tokens')
  @TokenBusinessRoute('rescind:tokens:read')
  @ApiOperation({
    operationId: 'listTokenAuthTokens',
    summary: 'List the tokens of an identity, last changed first, revoked ones included',
  })
  @ApiOkResponse({ type: InfisicalTokenListDto, description: 'The tokens.' })
  @InfisicalRefusals(404)
  async list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @Query() range: TokenRangeDto,
  ): Promise<InfisicalTokenListDto> {
    return { tokens: await this.tokens.list(caller, identityId, range) };
  }

  @Get('identities/:identityId/tokens/:tokenId')
  @TokenBusinessRoute('rescind:tokens:read')
  @ApiOperation({ operationId: 'getTokenAuthTokenOfIdentity', summary: 'Read a token of an identity' })
  @ApiOkResponse({ type: InfisicalTokenAnswerDto, description: 'The record of the token.' })
  @InfisicalRefusals(404)
  async getOfIdentity(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('identityId') identityId: string,
    @UuidParam('tokenId') tokenId: string,
  ): Promise<InfisicalTokenAnswerDto> {
    return { token: await this.tokens.get(caller, tokenId, identityId) };
  }

  @Get('tokens/:tokenId')
  @TokenBusinessRoute('rescind:tokens:read')
  @ApiOperation({ operationId: 'getTokenAuthToken', summary: 'Read a token' })
  @ApiOkResponse({ type: InfisicalTokenAnswerDto, description: 'The record of the token.' })
  @InfisicalRefusals(404)
  async get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('tokenId') tokenId: string,
  ): Promise<InfisicalTokenAnswerDto> {
    return { token: await this.tokens.get(caller, tokenId) };
  }

  @Patch('tokens/:tokenId')
  @TokenBusinessRoute('rescind:tokens:write')
  @ApiOperation({ operationId: 'renameTokenAuthToken', summary: 'Rename a token' })
  @ApiBody({ type: NameTokenDto, required: false })
  @ApiOkResponse({ type: InfisicalTokenAnswerDto, description: 'The changed record.' })
  @InfisicalRefusals(404, 413, 415)
  async changeName(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('tokenId') tokenId: string,
    @Body() input: NameTokenDto,
  ): Promise<InfisicalTokenAnswerDto> {
    return { token: await this.tokens.changeName(caller, tokenId, input) };
  }

  @Post('tokens/:tokenId/revoke')
  @Revokes()
  @HttpCode(200)
  @TokenBusinessRoute()
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
  @InfisicalRefusals(404, 413, 415)
  async revokeInfisicalToken(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('tokenId') tokenId: string,
  ): Promise<InfisicalMessageDto> {
    await this.tokens.revokeInfisicalToken(caller, tokenId);
    return { message: 'The access token is revoked.' };
  }
}
