import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Post,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OnlyAsks } from '../auth/settled-refusals.js';
import { BearerGuard } from '../auth/bearer.guard.js';
import { NamedOrOwnBusinessGuard } from '../auth/business.guard.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Refusals } from '../auth/route.decorator.js';
import { RequireScope, ScopeGuard } from '../auth/scope-demands.js';
import { VerdictCounter } from '../verification/verdict-counter.js';
import { verdictJson } from './verdict-json.js';
import { VerificationService, VerifyRequest } from './verification.service.js';
import {
  ActiveVerdictDto,
  InactiveVerdictDto,
  VerdictBatchDto,
  VerifyBatchDto,
  VerifyTokenDto,
} from './verify-token.dto.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { askerOf } from '../verification/presentation.js';
import { VerdictsRepository } from '../verification/verdicts.repository.js';

/** Refuses a batch before its input is checked while its business has as many look-ups waiting as it may. */
@Injectable()
class LookUpRoomGuard implements CanActivate {
  constructor(private readonly lookUps: VerdictsRepository) {}

  /** @throws DomainError `request.rate_limited` */
  canActivate(context: ExecutionContext): boolean {
    const { user, businessId } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    this.lookUps.demandRoom(askerOf(businessId ?? user.businessId));
    return true;
  }
}

@ApiTags('verification')
@Controller('api/v1/tokens')
export class VerificationController {
  constructor(
    private readonly requests: VerifyRequest,
    private readonly counter: VerdictCounter,
    private readonly verification: VerificationService,
  ) {}

  @Post('verify')
  @OnlyAsks()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'verifyToken',
    summary: 'Verify a secret',
    description:
      'Whether the secret is good at this moment, for whom and for what. Tokens of another business are unknown. Without `x-business-id` a token of a business asks in its own, and a platform token in all.',
  })
  @ApiBearerAuth('bearer')
  @ApiSecurity('business')
  @ApiBody({ type: VerifyTokenDto })
  @ApiExtraModels(ActiveVerdictDto, InactiveVerdictDto)
  @ApiOkResponse({
    description: 'The verdict, positive or negative.',
    schema: {
      oneOf: [{ $ref: getSchemaPath(ActiveVerdictDto) }, { $ref: getSchemaPath(InactiveVerdictDto) }],
    },
  })
  @Refusals(400, 401, 403, 413, 415, 422, 429, 500, 503)
  async verify(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const verdict = await this.requests.verdict(request);
    this.counter.count(verdict);
    void reply.header('content-type', 'application/json; charset=utf-8').send(verdictJson(verdict));
  }

  @Post('verify-batch')
  @OnlyAsks()
  @HttpCode(200)
  @UseGuards(BearerGuard, NamedOrOwnBusinessGuard, ScopeGuard, LookUpRoomGuard)
  @RequireScope('rescind:tokens:verify')
  @ApiOperation({
    operationId: 'verifyTokens',
    summary: 'Verify up to 100 secrets',
    description:
      'The same verdicts as one by one, in the same order, for the same callers. A secret that is in it twice is judged, and its uses counted, twice. When one of them cannot be judged at the moment, none is answered, and uses may have been counted.',
  })
  @ApiBearerAuth('bearer')
  @ApiSecurity('business')
  @ApiOkResponse({ type: VerdictBatchDto, description: 'The verdicts, positive and negative.' })
  @Refusals(400, 401, 403, 413, 415, 422, 429, 500, 503)
  async verifyBatch(
    @CurrentCaller() { businessId }: Caller,
    @Body() { items }: VerifyBatchDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const verdicts = await this.verification.verifyAll(businessId, items);
    for (const verdict of verdicts) this.counter.count(verdict);
    const text = `{"items":[${verdicts.map(verdictJson).join(',')}]}`;
    void reply.header('content-type', 'application/json; charset=utf-8').send(text);
  }
}
