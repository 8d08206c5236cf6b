import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PlatformRoute } from '../auth/route.decorator.js';
import { ClientVerifierListDto } from './client-verifier.dto.js';
import { ClientVerifierList } from './client-verifier-list.js';

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
