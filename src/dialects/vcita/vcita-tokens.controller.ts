import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OnBehalfRoute } from '../../auth/token-business-route.decorator.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { VcitaIssuingService } from './vcita-issuing.service.js';
import { VcitaRefusals } from './vcita-error.dto.js';
import {
  CreateVcitaTokenDto,
  RevokeVcitaTokenDto,
  VcitaCreatedAnswerDto,
  VcitaListAnswerDto,
  VcitaOwnerDto,
  VcitaRevokedAnswerDto,
} from './vcita-token.dto.js';
import { VcitaTokensService } from './vcita-tokens.service.js';

@ApiTags('vcita')
@Controller('platform/v1/tokens')
export class VcitaTokensController {
  constructor(
    private readonly issuing: VcitaIssuingService,
    private readonly tokens: VcitaTokensService,
  ) {}

  @Post()
  @OnBehalfRoute('rescind:tokens:write')
  @ApiOperation({
    operationId: 'createVcitaToken',
    summary: 'Create a token for an app, a user, a business or the directory',
    description: 'The secret is part of this answer and of no other.',
  })
  @ApiCreatedResponse({ type: VcitaCreatedAnswerDto, description: 'The token, with its secret.' })
  @VcitaRefusals(404, 413, 415)
  async create(
    @CurrentCaller() caller: Caller,
    @Body() input: CreateVcitaTokenDto,
  ): Promise<VcitaCreatedAnswerDto> {
    return { status: 'OK', data: await this.issuing.create(caller, input) };
  }

  @Get()
  @HttpCode(201)
  @OnBehalfRoute('rescind:tokens:read')
  @ApiOperation({
    operationId: 'listVcitaTokens',
    summary: 'List the active tokens, newest first',
    description:
      'Of a user, else of an app, else of the directory; without any of them, the own ones of the caller. The platform, on behalf of a business, gets all of it.',
  })
  @ApiCreatedResponse({ type: VcitaListAnswerDto, description: 'The newest thousand.' })
  @VcitaRefusals()
  async list(@CurrentCaller() caller: Caller, @Query() query: VcitaOwnerDto): Promise<VcitaListAnswerDto> {
    return { status: 'OK', data: { tokens: await this.tokens.list(caller, query) } };
  }

  @Post('revoke')
  @Revokes()
  @OnBehalfRoute()
  @ApiOperation({
    operationId: 'revokeVcitaToken',
    summary: 'Revoke a token by its secret or its id, or all of a user, an app or a directory',
    description:
      'Irreversible. Once this has answered, the token is refused everywhere. Repeated calls answer 201 again. Any token may revoke itself. Of `token`, `token_id`, `user_id`, `app_id` and `directory_id` the first that is given counts.',
  })
  @ApiCreatedResponse({
    type: VcitaRevokedAnswerDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  @VcitaRefusals(404, 413, 415)
  async revokeVcitaTokens(
    @CurrentCaller() caller: Caller,
    @Body() input: RevokeVcitaTokenDto,
  ): Promise<VcitaRevokedAnswerDto> {
    return { status: 'OK', data: { revoked_tokens: await this.tokens.revokeVcitaTokens(caller, input) } };
  }
}
