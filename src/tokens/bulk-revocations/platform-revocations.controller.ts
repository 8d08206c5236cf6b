import { Readable } from 'node:stream';
import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { PlatformRoute, Refusals } from '../../auth/route.decorator.js';
import { PageQueryDto } from '../../common/page-query.dto.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { TakesIdempotencyKey } from '../call-headers.decorator.js';
import { TokenPageDto } from '../dto/list-tokens.dto.js';
import { RevocationProgress } from '../progress/revocation-progress.js';
import { NativeRevocationsService } from './native-revocations.service.js';
import type { RevocationPreviewDto } from './revocation-preview.dto.js';
import { RevocationPageDto, RevocationWithReceiptDto, type RevocationDto } from './revocation.dto.js';
import { AnswersApproval, AnswersDecline, AnswersRevocation, statusOf } from './revocation-answers.js';
import {
  ApproveRevocationDto,
  DeclineRevocationDto,
  RevokeTokensOfPlatformDto,
} from './revoke-tokens.dto.js';

/** Revocations through all businesses. */
@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/revocations')
export class PlatformRevocationsController {
  constructor(
    private readonly revocations: NativeRevocationsService,
    private readonly progress: RevocationProgress,
  ) {}

  @Post()
  @Revokes()
  @ApiOperation({
    operationId: 'revokeTokensOfPlatform',
    summary: 'Revoke every token there is, or all that are stored under one pepper',
    description:
      'Irreversible. In every business, and of the platform itself: the calling token as well, if it is among them. `rescind bootstrap` makes the next one. Previews, plans and a second person are as in a business.',
  })
  @TakesIdempotencyKey(': what was issued since stays good.')
  @AnswersRevocation()
  async revokeTokensOfPlatform(
    @CurrentCaller() caller: Caller,
    @Body() input: RevokeTokensOfPlatformDto,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevocationPreviewDto | RevocationWithReceiptDto | Readable> {
    const answer = await this.progress.answer(request, reply, (watch) =>
      this.revocations.revokeOrPreview(caller, input, watch),
    );
    if (!(answer instanceof Readable)) void reply.status(statusOf(answer));
    return answer;
  }

  @Post(':revocation_id/approve')
  @Revokes()
  @ApiOperation({
    operationId: 'approvePlatformRevocation',
    summary: 'Approve a revocation through all businesses that somebody else has asked for',
    description:
      'With a token of the platform that was issued to another person, and does not come from whoever asked.',
  })
  @TakesIdempotencyKey(': what was issued since stays good.')
  @AnswersApproval()
  approve(
    @CurrentCaller() caller: Caller,
    @Param('revocation_id', UuidPipe) id: string,
    @Body() input: ApproveRevocationDto,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevocationWithReceiptDto | Readable> {
    return this.progress.answer(request, reply, (watch) =>
      this.revocations.approve(caller, id, input, watch),
    );
  }

  @Post(':revocation_id/decline')
  @Revokes()
  @ApiOperation({
    operationId: 'declinePlatformRevocation',
    summary: 'Decline a revocation through all businesses that waits for approval',
    description:
      'For whoever may approve it, and for whoever has asked for it, who withdraws it. Final, and nothing is revoked.',
  })
  @AnswersDecline()
  decline(
    @CurrentCaller() caller: Caller,
    @Param('revocation_id', UuidPipe) id: string,
    @Body() input: DeclineRevocationDto,
  ): Promise<RevocationDto> {
    return this.revocations.decline(caller, id, input);
  }

  @Get()
  @ApiOperation({
    operationId: 'listPlatformRevocations',
    summary: 'List the revocations through all businesses, newest first',
  })
  @ApiOkResponse({ type: RevocationPageDto, description: 'One page.' })
  list(@CurrentCaller() caller: Caller, @Query() query: PageQueryDto): Promise<RevocationPageDto> {
    return this.revocations.list(caller, query);
  }

  @Get(':revocation_id')
  @ApiOperation({ operationId: 'getPlatformRevocation', summary: 'Read a revocation through all businesses' })
  @ApiOkResponse({ type: RevocationWithReceiptDto, description: 'The revocation.' })
  @Refusals(404)
  get(
    @CurrentCaller() caller: Caller,
    @Param('revocation_id', UuidPipe) id: string,
  ): Promise<RevocationWithReceiptDto> {
    return this.revocations.get(caller, id);
  }

  @Get(':revocation_id/tokens')
  @ApiOperation({
    operationId: 'listTokensOfPlatformRevocation',
    summary: 'List the tokens that a revocation through all businesses has revoked',
    description: 'Those that are marked, oldest first: all of them once the revocation is `done`.',
  })
  @ApiOkResponse({ type: TokenPageDto, description: 'One page.' })
  @Refusals(404)
  tokens(
    @CurrentCaller() caller: Caller,
    @Param('revocation_id', UuidPipe) id: string,
    @Query() query: PageQueryDto,
  ): Promise<TokenPageDto> {
    return this.revocations.tokens(caller, id, query);
  }
}
