import type { Readable } from 'node:stream';
import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { type BusinessCaller, type Caller, CurrentBusinessCaller, CurrentCaller } from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { BusinessRoute, PlatformRoute } from '../../auth/route.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { TakesClaimedUser, TakesIdempotencyKey } from '../../auth/call-headers.decorator.js';
import { ReceiptRoute } from '../receipts/receipt-route.decorator.js';
import { BulkReceipts } from './bulk-receipts.service.js';
import { RevocationProgress } from '../progress/revocation-progress.js';
import { NativeRevocationsService } from './native-revocations.service.js';
import { AnswersRevocation, RevocationRoutes } from './revocation-routes.js';
import type { RevocationPreviewDto } from './revocation-preview.dto.js';
import { RevocationWithReceiptDto } from './revocation.dto.js';
import { RevokeTokensDto, RevokeTokensOfPlatformDto } from './revoke-tokens.dto.js';

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

/** Revocations of many tokens at once. */
@ApiTags('revocations')
@Controller('api/v1/revocations')
export class RevocationsController extends RevocationRoutes({
  Caller: CurrentBusinessCaller,
  Reads: BusinessRoute('rescind:tokens:read'),
  Writes: BusinessRoute('rescind:tokens:write'),
  operations: {
    approve: {
      operationId: 'approveRevocation',
      summary: 'Approve a revocation that somebody else has asked for',
      description:
        'For administrators of no lower role than whoever asked, with a token of their own that does not come from them. Irreversible: once this has answered, all that is meant is refused everywhere.',
    },
    decline: {
      operationId: 'declineRevocation',
      summary: 'Decline a revocation that waits for approval',
      description:
        'For administrators who may approve it, and for whoever has asked for it, who withdraws it. Final, and nothing is revoked: it can be asked for again. Whichever comes first, of this and an approval, stands.',
    },
    list: {
      operationId: 'listRevocations',
      summary: 'List the revocations of many tokens, newest first',
    },
    get: { operationId: 'getRevocation', summary: 'Read a revocation of many tokens' },
    tokens: {
      operationId: 'listRevokedTokens',
      summary: 'List the tokens that a revocation has revoked',
      description:
        'Those that are marked, oldest first: all of them once the revocation is `done`. Selected ones are listed for 90 days from then on (404 `revocation.tokens_dropped`).',
    },
  },
}) {
  constructor(
    revocations: NativeRevocationsService,
    progress: RevocationProgress,
    private readonly receipts: BulkReceipts,
  ) {
    super(revocations, progress);
  }

  @Post()
  @BusinessRoute('rescind:tokens:write')
  @Revokes()
  @ApiOperation({
    operationId: 'revokeTokens',
    summary: 'Revoke many tokens: of a member, an identity or the business, or any that are selected',
    description:
      'Irreversible. Once this has answered 201, all that is meant is refused everywhere. What was issued to a member, an identity or the business is cut off, however much it is, and marked one by one afterwards; any other tokens, up to 10,000, are revoked one by one before the answer. What is issued from then on is good. The calling token is refused as well, if it is among them: this answer is its last. With `preview` nothing is revoked, and the answer says what would be, with a plan to do it. Where the business wants two persons for so many tokens, the answer is 202, and nothing is revoked until somebody else approves it.',
  })
  @TakesIdempotencyKey(': what was issued since stays good.')
  @TakesClaimedUser()
  @AnswersRevocation()
  revokeTokens(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: RevokeTokensDto,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevocationPreviewDto | RevocationWithReceiptDto | Readable> {
    return this.revoke(caller, input, request, reply);
  }

  @Get(':revocation_id/receipt')
  @ReceiptRoute()
  @ApiOperation({
    operationId: 'getRevocationsReceipt',
    summary: 'A signed receipt of a revocation of many tokens',
    description:
      'A compact JWS (EdDSA; key in /.well-known/jwks.json) stating whose tokens were revoked, up to when, by whom and why, where that stands in the audit log, and that no verifier accepts any of them.',
  })
  receipt(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('revocation_id') id: string,
  ): Promise<string> {
    return this.receipts.receipt(caller, id);
  }
}
