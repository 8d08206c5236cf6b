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
import { ErrorDto } from '../../common/errors/error.dto.js';
import { AuthorizationService } from './authorization.service.js';

const header = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const },
  example,
});

const IDENTITY_HEADERS = {
  'x-rescind-business-id': header(
    'The business that the token speaks for; empty for a token of the platform that names none.',
    '0199c0de-0000-7000-8000-000000000001',
  ),
  'x-rescind-token-id': header('The id of the token.', '0199c0de-0000-7000-8000-000000000002'),
  'x-rescind-owner': header(
    'The e-mail of a member, the name of an identity, or `platform`. Characters outside printable ASCII are percent-encoded.',
    'ada@example.com',
  ),
  'x-rescind-owner-kind': header('`user`, `identity` or `platform`.', 'user'),
  'x-rescind-owner-id': header(
    'The id of the owner; empty for the platform.',
    '0199c0de-0000-7000-8000-000000000003',
  ),
  'x-rescind-scopes': header('What the token can do, separated by single spaces.', 'jobs:read jobs:run'),
  'x-rescind-expires-at': header('When it ends, ISO 8601, or `never`.', '2027-01-01T00:00:00.000Z'),
};

const GATEWAY_REFUSALS = {
  401: { status: 401, description: 'No secret was presented, or it is not good at this moment.' },
  403: { status: 403, description: 'The scopes, the business or the address of the client do not fit.' },
  503: { status: 503, description: 'It cannot be told at the moment. Retry-After says when to ask again.' },
};

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
