import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { ClientAuthentication, OAuthRefusals } from './oauth-error-shape.js';
import { RevocationEndpointService } from './revocation-endpoint.service.js';
import { TokenFormDto } from './introspection.dto.js';

/** RFC 7009. */
@ApiTags('oauth')
@Controller('oauth/revoke')
export class RevocationController {
  constructor(private readonly endpoint: RevocationEndpointService) {}

  @Post()
  @OpenRoute('optional')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'revokeSecret',
    summary: 'Revoke a token by its secret (RFC 7009)',
    description:
      'Holding the secret is the right to destroy it, so no client authentication is needed unless RESCIND_REVOKE_BY_POSSESSION is 0. Irreversible: once this has answered, the token is refused everywhere.',
  })
  @ClientAuthentication('optional')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: TokenFormDto })
  @ApiOkResponse({
    description: 'No verifier accepts the token: it was revoked now or before, or never existed.',
    schema: { type: 'object' },
    example: {},
  })
  @OAuthRefusals(400, 401, 403, 413, 415, 429, 500, 503)
  async revokeOAuthToken(@Req() request: FastifyRequest): Promise<Record<string, never>> {
    await this.endpoint.revokeOAuthToken(request);
    return {};
  }
}
