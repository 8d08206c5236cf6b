import type { Readable } from 'node:stream';
import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { PlatformRoute } from '../../auth/route.decorator.js';
import { TakesIdempotencyKey } from '../../auth/call-headers.decorator.js';
import { RevocationProgress } from '../progress/revocation-progress.js';
import { NativeRevocationsService } from './native-revocations.service.js';
import type { RevocationPreviewDto } from './revocation-preview.dto.js';
import { RevocationWithReceiptDto } from './revocation.dto.js';
import { AnswersRevocation } from './revocation-answers.js';
import { RevokeTokensOfPlatformDto } from './revoke-tokens.dto.js';
import { RevocationRoutes } from './revocation-routes.js';

/** Revocations through all businesses. */
@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/revocations')
export class PlatformRevocationsController extends RevocationRoutes({
  Caller: CurrentCaller,
  Reads: () => undefined,
  Writes: () => undefined,
  operations: {
    approve: {
      operationId: 'approvePlatformRevocation',
      summary: 'Approve a revocation through all businesses that somebody else has asked for',
      description:
        'With a token of the platform that was issued to another person, and does not come from whoever asked.',
    },
    decline: {
      operationId: 'declinePlatformRevocation',
      summary: 'Decline a revocation through all businesses that waits for approval',
      description:
        'For whoever may approve it, and for whoever has asked for it, who withdraws it. Final, and nothing is revoked.',
    },
    list: {
      operationId: 'listPlatformRevocations',
      summary: 'List the revocations through all businesses, newest first',
    },
    get: { operationId: 'getPlatformRevocation', summary: 'Read a revocation through all businesses' },
    tokens: {
      operationId: 'listTokensOfPlatformRevocation',
      summary: 'List the tokens that a revocation through all businesses has revoked',
      description: 'Those that are marked, oldest first: all of them once the revocation is `done`.',
    },
  },
}) {
  constructor(revocations: NativeRevocationsService, progress: RevocationProgress) {
    super(revocations, progress);
  }

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
  revokeTokensOfPlatform(
    @CurrentCaller() caller: Caller,
    @Body() input: RevokeTokensOfPlatformDto,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevocationPreviewDto | RevocationWithReceiptDto | Readable> {
    return this.revoke(caller, input, request, reply);
  }
}
