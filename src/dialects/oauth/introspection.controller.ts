import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OnlyAsks } from '../../auth/settled-refusals.js';
import { policyConfig } from '../../config/policy.config.js';
import { VerdictCounter } from '../../verification/verdict-counter.js';
import { IntrospectRequest } from './introspect-fast-path.js';
import { activeIntrospection, INACTIVE_ANSWER } from './introspection-answer.js';
import {
  ActiveIntrospectionDto,
  InactiveIntrospectionDto,
  IntrospectionFormDto,
  TokenFormDto,
} from './introspection.dto.js';
import { Issuer } from '../../common/http/issuer.js';
import { ClientAuthentication, OAuthRefusals } from './oauth-error-shape.js';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { RevocationEndpointService } from './revocation-endpoint.service.js';

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

/** RFC 7662. */
@ApiTags('oauth')
@Controller('oauth/introspect')
export class IntrospectionController {
  constructor(
    private readonly requests: IntrospectRequest,
    private readonly counter: VerdictCounter,
    private readonly issuer: Issuer,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  @Post()
  @OnlyAsks()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'introspect',
    summary: 'Verify a token (RFC 7662)',
    description:
      'Needs the scope `rescind:tokens:verify`. What is revoked, expired, unknown, or of another business answers `{"active":false}`, and nothing else. Do not keep the answer: servers that keep it until `exp` accept revoked tokens ([the line that stops yours](/docs/introspection/README.md)).',
  })
  @ClientAuthentication('required')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: IntrospectionFormDto })
  @ApiExtraModels(ActiveIntrospectionDto, InactiveIntrospectionDto)
  @ApiOkResponse({
    description: 'The verdict.',
    schema: {
      oneOf: [
        { $ref: getSchemaPath(ActiveIntrospectionDto) },
        { $ref: getSchemaPath(InactiveIntrospectionDto) },
      ],
    },
  })
  @OAuthRefusals(400, 401, 403, 413, 415, 429, 500, 503)
  async introspect(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const verdict = await this.requests.verdict(request);
    this.counter.count(verdict);
    const { introspectionSeconds } = this.policy;
    const answer = verdict.active
      ? activeIntrospection(verdict.token, this.issuer.of(request), introspectionSeconds).text
      : INACTIVE_ANSWER;
    void reply.header('content-type', 'application/json; charset=utf-8').send(answer);
  }
}
