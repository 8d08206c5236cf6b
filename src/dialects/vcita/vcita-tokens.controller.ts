import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ManagedOnBehalf } from '../../auth/caller-managed.decorator.js';
import { CurrentCallerAnywhere, type CallerAnywhere } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { VcitaIssuingService } from './vcita-issuing.service.js';
import { VcitaRefusals } from './vcita-refusals.decorator.js';
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
  @ManagedOnBehalf('rescind:tokens:write')
  @ApiOperation({
    operationId: 'createVcitaToken',
    summary: 'Create a token for an app, a user, a business or the directory',
    description: 'The secret is part of this answer and of no other.',
  })
  @ApiCreatedResponse({ type: VcitaCreatedAnswerDto, description: 'The token, with its secret.' })
  @VcitaRefusals(404, 413, 415)
  async create(
    @CurrentCallerAnywhere() caller: CallerAnywhere,
    @Body() input: CreateVcitaTokenDto,
  ): Promise<VcitaCreatedAnswerDto> {
    return { status: 'OK', data: await this.issuing.create(caller, input) };
  }

  @Get()
  @HttpCode(201)
  @ManagedOnBehalf('rescind:tokens:read')
  @ApiOperation({
    operationId: 'listVcitaTokens',
    summary: 'List the tokens that are good, newest first',
  })
  @ApiCreatedResponse({ type: VcitaListAnswerDto, description: 'The newest thousand.' })
  @VcitaRefusals()
  async list(
    @CurrentCallerAnywhere() caller: CallerAnywhere,
    @Query() query: VcitaOwnerDto,
  ): Promise<VcitaListAnswerDto> {
    return { status: 'OK', data: { tokens: await this.tokens.list(caller, query) } };
  }

  @Post('revoke')
  @Revokes()
  @ManagedOnBehalf()
  @ApiOperation({
    operationId: 'revokeVcitaToken',
    summary: 'Revoke a token by its secret or its id',
    description:
      'Irreversible. Once this has answered, the token is refused everywhere. Repeated calls answer the same. Any token may revoke itself.',
  })
  @ApiCreatedResponse({
    type: VcitaRevokedAnswerDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  @VcitaRefusals(413, 415)
  async revoke(
    @CurrentCallerAnywhere() caller: CallerAnywhere,
    @Body() input: RevokeVcitaTokenDto,
  ): Promise<VcitaRevokedAnswerDto> {
    return { status: 'OK', data: { revoked_tokens: [await this.tokens.revoke(caller, input)] } };
  }
}
