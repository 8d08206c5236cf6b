import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
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
import { Refusals } from '../../auth/managed.decorator.js';
import { VerdictCounter } from '../verdict-counter.js';
import { verdictText } from './verdict-text.js';
import { VerifyRequest } from './verify-request.js';
import { ActiveVerdictDto, InactiveVerdictDto, VerifyTokenDto } from './verify-token.dto.js';

@ApiTags('verification')
@Controller('api/v1/tokens')
export class VerificationController {
  constructor(
    private readonly requests: VerifyRequest,
    private readonly counter: VerdictCounter,
  ) {}

  @Post('verify')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'verifyToken',
    summary: 'Judge a secret',
    description:
      'Whether the secret is good at this moment, for whom and for what. Tokens of another business are unknown.',
  })
  @ApiBearerAuth('bearer')
  @ApiSecurity('business')
  @ApiBody({ type: VerifyTokenDto })
  @ApiExtraModels(ActiveVerdictDto, InactiveVerdictDto)
  @ApiOkResponse({
    description: 'The verdict, good or bad.',
    schema: {
      oneOf: [{ $ref: getSchemaPath(ActiveVerdictDto) }, { $ref: getSchemaPath(InactiveVerdictDto) }],
    },
  })
  @Refusals(400, 401, 403, 413, 415, 422, 429, 500, 503)
  async verify(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const pending = this.requests.verdict(request);
    const verdict = pending instanceof Promise ? await pending : pending;
    this.counter.count(verdict);
    void reply.header('content-type', 'application/json; charset=utf-8').send(verdictText(verdict));
  }
}
