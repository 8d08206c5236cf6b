import { Readable } from 'node:stream';
import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import type { Caller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { Refusals } from '../../auth/route.decorator.js';
import { PageQueryDto } from '../../common/page-query.dto.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { TakesIdempotencyKey } from '../../auth/call-headers.decorator.js';
import { TokenPageDto } from '../../token-rows/dto/list-tokens.dto.js';
import type { RevocationProgress } from '../progress/revocation-progress.js';
import type { NativeRevocationsService } from './native-revocations.service.js';
import { AnswersApproval, AnswersDecline, statusOf } from './revocation-answers.js';
import type { RevocationPreviewDto } from './revocation-preview.dto.js';
import { RevocationPageDto, RevocationWithReceiptDto, type RevocationDto } from './revocation.dto.js';
import {
  ApproveRevocationDto,
  DeclineRevocationDto,
  type RevokeTokensDto,
  type RevokeTokensOfPlatformDto,
} from './revoke-tokens.dto.js';

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
    @AnswersApproval()
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
    @AnswersDecline()
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
