import { Controller, Get, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BUSINESS_HEADER } from '../../auth/business-header.js';
import { ErrorDto } from '../../common/errors/documented-refusals.js';
import { AuthorizationService } from './authorization.service.js';
import { GATEWAY_REFUSALS, IDENTITY_HEADERS } from './gateway.docs.js';

/** Forward authentication; gateway-target.ts decides which requests come here. */
@ApiTags('gateway')
@Controller('gateway')
export class GatewayController {
  constructor(private readonly authorization: AuthorizationService) {}

  @Get('authorize')
  @ApiOperation({
    operationId: 'authorizeRequest',
    summary: 'Whether a reverse proxy may let a request through',
    description:
      'For nginx auth_request, Caddy forward_auth, Traefik ForwardAuth and Envoy ext_authz; [samples](/docs/gateways/README.md). Answers the same for every method and with any path appended. 401 and 403 refuse; 503 means that it cannot be told, and the proxy must not let the request through.',
  })
  @ApiBearerAuth('bearer')
  @ApiQuery({
    name: 'scope',
    required: false,
    isArray: true,
    type: String,
    description:
      'A scope that the token must have; all of them, when repeated. Set by the proxy, never by its client.',
  })
  @ApiQuery({
    name: 'business',
    required: false,
    schema: { type: 'string', format: 'uuid' },
    description: 'The business that the token must belong to.',
  })
  @ApiHeader({
    name: BUSINESS_HEADER,
    required: false,
    schema: { type: 'string', format: 'uuid' },
    description: 'The same as the parameter `business`; when both are given they must agree.',
  })
  @ApiOkResponse({ description: 'It may pass. The body is empty.', headers: IDENTITY_HEADERS })
  @ApiResponse({ ...GATEWAY_REFUSALS[401], type: ErrorDto })
  @ApiResponse({ ...GATEWAY_REFUSALS[403], type: ErrorDto })
  @ApiResponse({ ...GATEWAY_REFUSALS[503], type: ErrorDto })
  async authorize(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.headers(await this.authorization.authorize(request)).send();
  }
}
