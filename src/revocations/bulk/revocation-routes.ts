import { Readable } from 'node:stream';
import { applyDecorators, Body, Get, HttpCode, Injectable, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import type { Caller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { Refusals } from '../../auth/route.decorator.js';
import { PageQueryDto } from '../../common/page-query.dto.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { TakesIdempotencyKey } from '../../auth/call-headers.decorator.js';
import { TokenPageDto } from '../../token-rows/dto/list-tokens.dto.js';
import { RevocationProgress } from '../progress/revocation-progress.js';
import { NativeRevocationsService } from './native-revocations.service.js';
import { RevocationPreviewDto } from './revocation-preview.dto.js';
import { RevocationDto, RevocationPageDto, RevocationWithReceiptDto } from './revocation.dto.js';
import {
  ApproveRevocationDto,
  DeclineRevocationDto,
  type RevokeTokensDto,
  type RevokeTokensOfPlatformDto,
} from './revoke-tokens.dto.js';
import { AnswersProgress } from '../progress/revocation-progress.dto.js';

/** What became of it. */
function statusOf(answer: RevocationPreviewDto | RevocationWithReceiptDto): 200 | 201 | 202 {
  if ('preview' in answer) return 200;
  return answer.revoked_at === null ? 202 : 201;
}

const AnswersMade = (): MethodDecorator =>
  applyDecorators(
    ApiCreatedResponse({
      type: RevocationWithReceiptDto,
      description: 'The tokens are revoked, and no verifier accepts any of them any more.',
    }),
    Refusals(404, 409, 413, 415),
  );

/** Documents what a revocation of many tokens answers. */
export const AnswersRevocation = (): MethodDecorator =>
  applyDecorators(
    ApiOkResponse({ type: RevocationPreviewDto, description: 'A preview: nothing is revoked.' }),
    AnswersProgress({
      type: RevocationWithReceiptDto,
      description: 'Nothing is revoked: a second person has to approve it.',
    }),
    AnswersMade(),
  );

type Operation = 'approve' | 'decline' | 'list' | 'get' | 'tokens';

/** Whose revocations they are, and how that is told. */
interface Place {
  /** Who calls: with the business, where there is one. */
  Caller: () => ParameterDecorator;
  /** Who may; the same of the whole controller is `() => undefined`. */
  Reads: MethodDecorator;
  Writes: MethodDecorator;
  operations: Record<Operation, { operationId: string; summary: string; description?: string }>;
}

/** What is asked of revocations that were made, or wait for a second person: of a business, or of the platform. */
export function RevocationRoutes({ Caller, Reads, Writes, operations }: Place) {
  @Injectable()
  abstract class Routes {
    constructor(
      protected readonly revocations: NativeRevocationsService,
      protected readonly progress: RevocationProgress,
    ) {}

    protected async revoke(
      caller: Caller,
      input: RevokeTokensDto | RevokeTokensOfPlatformDto,
      request: AuthenticatedRequest,
      reply: FastifyReply,
    ): Promise<RevocationPreviewDto | RevocationWithReceiptDto | Readable> {
      const answer = await this.progress.answer(request, reply, (watch) =>
        this.revocations.revokeOrPreview(caller, input, watch),
      );
      if (!(answer instanceof Readable)) void reply.status(statusOf(answer));
      return answer;
    }

    @Post(':revocation_id/approve')
    @Writes
    @Revokes()
    @ApiOperation(operations.approve)
    @TakesIdempotencyKey(': what was issued since stays good.')
    @AnswersProgress()
    @AnswersMade()
    approve(
      @Caller() caller: Caller,
      @UuidParam('revocation_id') id: string,
      @Body() input: ApproveRevocationDto,
      @Req() request: AuthenticatedRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<RevocationWithReceiptDto | Readable> {
      return this.progress.answer(request, reply, (watch) =>
        this.revocations.approve(caller, id, input, watch),
      );
    }

    @Post(':revocation_id/decline')
    @Writes
    @Revokes()
    @ApiOperation(operations.decline)
    @HttpCode(200)
    @ApiOkResponse({
      type: RevocationDto,
      description: 'It is declined, by this call or an earlier one, whose author and reason stand.',
    })
    @Refusals(404, 409, 413, 415)
    decline(
      @Caller() caller: Caller,
      @UuidParam('revocation_id') id: string,
      @Body() input: DeclineRevocationDto,
    ): Promise<RevocationDto> {
      return this.revocations.decline(caller, id, input);
    }

    @Get()
    @Reads
    @ApiOperation(operations.list)
    @ApiOkResponse({ type: RevocationPageDto, description: 'One page.' })
    list(@Caller() caller: Caller, @Query() query: PageQueryDto): Promise<RevocationPageDto> {
      return this.revocations.list(caller, query);
    }

    @Get(':revocation_id')
    @Reads
    @ApiOperation(operations.get)
    @ApiOkResponse({ type: RevocationWithReceiptDto, description: 'The revocation.' })
    @Refusals(404)
    get(@Caller() caller: Caller, @UuidParam('revocation_id') id: string): Promise<RevocationWithReceiptDto> {
      return this.revocations.get(caller, id);
    }

    @Get(':revocation_id/tokens')
    @Reads
    @ApiOperation(operations.tokens)
    @ApiOkResponse({ type: TokenPageDto, description: 'One page.' })
    @Refusals(404)
    tokens(
      @Caller() caller: Caller,
      @UuidParam('revocation_id') id: string,
      @Query() query: PageQueryDto,
    ): Promise<TokenPageDto> {
      return this.revocations.tokens(caller, id, query);
    }
  }
  return Routes;
}
