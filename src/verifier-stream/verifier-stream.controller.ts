import { Controller, Get, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { BearerGuard } from '../auth/bearer.guard.js';
import { BUSINESS_HEADER } from '../auth/business-header.js';
import { OptionalBusinessGuard } from '../auth/business.guard.js';
import { PlatformRoute, Refusals } from '../auth/route.decorator.js';
import { RequireScope, ScopeGuard } from '../auth/scope-demands.js';
import { VerifierStreams } from './verifier-streams.js';
import { ClientVerifierListDto } from './client-verifier.dto.js';
import { ClientVerifierList } from './client-verifier-list.js';

@ApiTags('verification')
@Controller('api/v1/verifiers')
export class VerifierStreamController {
  constructor(private readonly streams: VerifierStreams) {}

  @Get('stream')
  @UseGuards(BearerGuard, OptionalBusinessGuard, ScopeGuard)
  @RequireScope('rescind:tokens:verify')
  @ApiBearerAuth('bearer')
  @ApiHeader({
    name: BUSINESS_HEADER,
    required: false,
    description: 'The business whose tokens are seen. Without it, a platform token sees those of all.',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiOperation({
    operationId: 'openVerifierStream',
    summary: 'Give verdicts in your own process',
    description:
      'A WebSocket with the subprotocol `rescind.verifier.v1`, over which a client verifier learns what it may remember and has to forget. [The protocol](/docs/verifier-protocol.md) says how.',
  })
  @ApiResponse({ status: 101, description: 'The connection continues as a WebSocket.' })
  @Refusals(400, 401, 403, 426, 429, 500, 503)
  open(@Req() request: AuthenticatedRequest, @Res() reply: FastifyReply): void {
    void reply.header('upgrade', 'websocket');
    this.streams.accept(request);
    reply.hijack();
  }
}

@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/verifiers')
export class ClientVerifiersController {
  constructor(private readonly clients: ClientVerifierList) {}

  @Get()
  @ApiOperation({
    operationId: 'listClientVerifiers',
    summary: 'List the client verifiers',
    description:
      'Those that hang on the server that answers, with all of its workers. Of several servers, each knows its own: ask each.',
  })
  @ApiOkResponse({ type: ClientVerifierListDto, description: 'All of them, the oldest connection first.' })
  list(): Promise<ClientVerifierListDto> {
    return this.clients.get();
  }
}
