import type { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { CurrentBusinessCaller, type BusinessCaller } from '../auth/caller.js';
import { BusinessRoute, Refusals } from '../auth/route.decorator.js';
import { Revokes } from '../auth/revokes.decorator.js';
import { TakesOwnTurns } from '../auth/takes-own-turns.decorator.js';
import { UuidParam } from '../common/uuid.pipe.js';
import { TakesClaimedUser, TakesIdempotencyKey } from '../auth/call-headers.decorator.js';
import { ChangeTokenDto, RevokeTokenDto, RotateTokenDto } from './dto/change-token.dto.js';
import { IssuedTokenDto, IssueTokenDto, RotatedTokenDto } from './dto/issue-token.dto.js';
import { ListTokensDto, TokenPageDto } from '../token-rows/dto/list-tokens.dto.js';
import { RevokeAnswerDto } from '../revocations/revoked-token.dto.js';
import { TokenInfoDto } from '../token-rows/dto/token-info.dto.js';
import { TokenLineageDto } from './dto/token-lineage.dto.js';
import { NativeTokensService } from './native-tokens.service.js';
import { ReceiptRoute } from '../revocations/receipts/receipt-route.decorator.js';
import { ReceiptsService } from './receipts.service.js';
import { AnswersProgress } from '../revocations/progress/revocation-progress.dto.js';
import { RevocationProgress } from '../revocations/progress/revocation-progress.js';

const TakesKey = (): MethodDecorator =>
  TakesIdempotencyKey(
    '. The token that it made then is replaced, as long as nobody has used it: secrets are not stored.',
  );

/** The native (DayZero) dialect. */
@ApiTags('tokens')
@Controller('api/v1/tokens')
export class TokensController {
  constructor(
    private readonly tokens: NativeTokensService,
    private readonly progress: RevocationProgress,
    private readonly receipts: ReceiptsService,
  ) {}

  @Post()
  @BusinessRoute('rescind:tokens:write')
  @TakesOwnTurns()
  @ApiOperation({
    operationId: 'issueToken',
    summary: 'Issue a token',
    description: 'The secret is part of this answer and of no other.',
  })
  @TakesKey()
  @ApiCreatedResponse({ type: IssuedTokenDto, description: 'The token, with its secret.' })
  @Refusals(404, 409, 413, 415)
  issue(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: IssueTokenDto,
  ): Promise<IssuedTokenDto> {
    return this.tokens.issue(caller, input);
  }

  @Get()
  @BusinessRoute('rescind:tokens:read')
  @ApiOperation({
    operationId: 'listTokens',
    summary: 'List your own tokens, or those of others as an administrator',
  })
  @ApiOkResponse({ type: TokenPageDto, description: 'One page.' })
  list(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Query() query: ListTokensDto,
  ): Promise<TokenPageDto> {
    return this.tokens.list(caller, query);
  }

  @Get(':token_id')
  @BusinessRoute('rescind:tokens:read')
  @ApiOperation({ operationId: 'getToken', summary: 'Read a token' })
  @ApiOkResponse({ type: TokenInfoDto, description: 'The record of the token.' })
  @Refusals(404)
  get(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
  ): Promise<TokenInfoDto> {
    return this.tokens.get(caller, tokenId);
  }

  @Get(':token_id/lineage')
  @BusinessRoute('rescind:business:admin')
  @ApiOperation({
    operationId: 'getTokenLineage',
    summary: 'Read what a token has made, and what ends with it if it has leaked',
  })
  @ApiOkResponse({ type: TokenLineageDto, description: 'What ends with it.' })
  @Refusals(404)
  lineage(
    @CurrentBusinessCaller() { businessId }: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
  ): Promise<TokenLineageDto> {
    return this.tokens.lineage(businessId, tokenId);
  }

  @Patch(':token_id')
  @BusinessRoute('rescind:tokens:write')
  @ApiOperation({
    operationId: 'changeToken',
    summary: 'Change name, description, external id, metadata or addresses of a token',
    description:
      'Answered once no verdict shows the earlier external id and metadata, or goes by the earlier addresses, any more.',
  })
  @ApiOkResponse({ type: TokenInfoDto, description: 'The changed record.' })
  @Refusals(404, 413, 415)
  change(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
    @Body() input: ChangeTokenDto,
  ): Promise<TokenInfoDto> {
    return this.tokens.change(caller, tokenId, input);
  }

  @Post(':token_id/rotate')
  @BusinessRoute('rescind:tokens:write')
  @TakesOwnTurns()
  @ApiOperation({
    operationId: 'rotateToken',
    summary: 'Replace a token by a new one with a new secret',
    description:
      'The old secret stays valid for `grace_seconds`, unless it is revoked or expires before that.',
  })
  @ApiBody({ type: RotateTokenDto, required: false })
  @TakesKey()
  @ApiCreatedResponse({
    type: RotatedTokenDto,
    description: 'The new token, with its secret, and the one it replaced.',
  })
  @Refusals(404, 409, 413, 415)
  rotate(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
    @Body() input: RotateTokenDto,
  ): Promise<RotatedTokenDto> {
    return this.tokens.rotate(caller, tokenId, input);
  }

  @Post(':token_id/revoke')
  @HttpCode(201)
  @BusinessRoute()
  @Revokes()
  @ApiOperation({
    operationId: 'revokeToken',
    summary: 'Revoke a token',
    description:
      'Irreversible. Once this has answered, the token is refused everywhere. Repeated calls answer with the facts of the first. Any token may revoke itself.',
  })
  @TakesClaimedUser()
  @ApiBody({ type: RevokeTokenDto, required: false })
  @ApiCreatedResponse({
    type: RevokeAnswerDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  @AnswersProgress()
  @Refusals(404, 413, 415)
  revokeToken(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
    @Body() input: RevokeTokenDto,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevokeAnswerDto | Readable> {
    return this.progress.answer(request, reply, (watch) =>
      this.tokens.revokeToken(caller, tokenId, input, watch),
    );
  }

  @Get(':token_id/receipt')
  @ReceiptRoute()
  @ApiOperation({
    operationId: 'getRevocationReceipt',
    summary: 'A signed receipt of a revocation',
    description:
      'A compact JWS (EdDSA; key in /.well-known/jwks.json) stating who revoked the token when and why, where that stands in the audit log, and that no verifier accepts it. 404 also while the token is not revoked.',
  })
  receipt(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
  ): Promise<string> {
    return this.receipts.receipt(caller, tokenId);
  }
}
