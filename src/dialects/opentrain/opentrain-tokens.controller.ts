import { Body, Controller, Delete, Get, Param, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { BearerGuard } from '../../auth/bearer.guard.js';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { CurrentBusinessCaller, CurrentCaller, type BusinessCaller, type Caller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import {
  CreatedOpenTrainTokenDto,
  CreateOpenTrainTokenDto,
  OpenTrainMeDto,
  OpenTrainTokenListDto,
  RevokedOpenTrainTokenDto,
} from './opentrain-token.dto.js';
import { OpenTrainRefusals } from './opentrain-error.dto.js';
import { OpenTrainTokensService } from './opentrain-tokens.service.js';

@ApiTags('opentrain')
@Controller('api/public/v1')
export class OpenTrainTokensController {
  constructor(private readonly tokens: OpenTrainTokensService) {}

  @Post('tokens')
  @TokenBusinessRoute()
  @ApiOperation({
    operationId: 'createOpenTrainToken',
    summary: 'Create a token for the account of the caller',
    description:
      'The secret is part of this answer and of no other. Any token that was created here may create others, which never exceed it; tokens of other dialects need rescind:tokens:write.',
  })
  @ApiBody({ type: CreateOpenTrainTokenDto, required: false })
  @ApiCreatedResponse({ type: CreatedOpenTrainTokenDto, description: 'The token, with its secret.' })
  @OpenTrainRefusals(409, 413, 415)
  create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: CreateOpenTrainTokenDto,
  ): Promise<CreatedOpenTrainTokenDto> {
    return this.tokens.create(caller, input);
  }

  @Get('tokens')
  @TokenBusinessRoute()
  @ApiOperation({
    operationId: 'listOpenTrainTokens',
    summary: 'List the tokens of the account, newest first: active, expired and revoked',
  })
  @ApiOkResponse({ type: OpenTrainTokenListDto, description: 'The newest thousand.' })
  @OpenTrainRefusals()
  async list(@CurrentBusinessCaller() caller: BusinessCaller): Promise<OpenTrainTokenListDto> {
    return { tokens: await this.tokens.list(caller) };
  }

  @Delete('tokens/:tokenId')
  @Revokes()
  @TokenBusinessRoute()
  @ApiOperation({
    operationId: 'revokeOpenTrainToken',
    summary: 'Revoke a token',
    description:
      'Irreversible. Once this has answered, the token is refused everywhere. Repeated calls answer with the first `revokedAt`. A token may revoke itself.',
  })
  @ApiOkResponse({
    type: RevokedOpenTrainTokenDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  @OpenTrainRefusals(404, 413, 415)
  async revokeOpenTrainToken(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('tokenId') tokenId: string,
  ): Promise<RevokedOpenTrainTokenDto> {
    return { token: await this.tokens.revokeOpenTrainToken(caller, tokenId) };
  }

  @Get('auth/me')
  @UseGuards(BearerGuard)
  @ApiBearerAuth('bearer')
  @ApiOperation({ operationId: 'getOpenTrainMe', summary: 'Who calls, with which token, for which account' })
  @ApiOkResponse({ type: OpenTrainMeDto, description: 'The owner of the token and its account.' })
  @OpenTrainRefusals()
  me(@CurrentCaller() { principal }: Caller): OpenTrainMeDto {
    return OpenTrainMeDto.from(principal);
  }
}
