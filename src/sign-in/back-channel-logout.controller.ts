import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { requestFactsOf } from '../auth/caller.js';
import { Refusals } from '../auth/route.decorator.js';
import { refusal } from '../common/errors/domain-error.js';
import { SignedRoute } from '../common/http/open-route.decorator.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { OidcProviders } from './providers/oidc-providers.js';
import { SignInRefusal } from './sign-in-refusal.js';
import { SignedOutService } from './signed-out.service.js';

/** OpenID Connect Back-Channel Logout 1.0 §2.5: the provider itself calls this. */
@ApiTags('sign-in')
@Controller('sign-in/oidc/:provider/back-channel-logout')
export class BackChannelLogoutController {
  constructor(
    private readonly providers: OidcProviders,
    private readonly signedOut: SignedOutService,
    private readonly failed: FailedSignIns,
  ) {}

  @Post()
  @HttpCode(200)
  @SignedRoute()
  @ApiOperation({
    operationId: 'endSessionsOfProvider',
    summary: 'End the sessions that a provider has ended (OpenID Connect Back-Channel Logout 1.0)',
    description: 'For providers. Answered once no verifier accepts the sessions any more.',
  })
  @ApiParam({
    name: 'provider',
    schema: { type: 'string', example: 'corp' },
    description: 'The id of the provider.',
  })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['logout_token'],
      properties: { logout_token: { type: 'string', example: 'a signed logout token' } },
    },
  })
  @ApiOkResponse({ description: 'They are ended.', schema: { type: 'object' }, example: {} })
  @Refusals(400, 404, 413, 415, 429, 500, 503)
  async end(@Param('provider') id: string, @Req() request: FastifyRequest): Promise<Record<string, never>> {
    const provider = this.providers.get(id);
    const { logout_token: token } = (request.body ?? {}) as { logout_token?: unknown };
    const facts = requestFactsOf(request);
    const isGood =
      typeof token === 'string' && (await this.endWith(() => this.signedOut.end(provider, token, facts)));
    if (isGood) return {};
    const failure = 'logout_token_invalid';
    this.failed.note(
      { method: 'oidc', provider: id, failure, businessId: null, issuer: null, subject: null },
      facts,
    );
    throw refusal('request.invalid');
  }

  private async endWith(end: () => Promise<boolean>): Promise<boolean> {
    try {
      return await end();
    } catch (error) {
      throw error instanceof SignInRefusal ? refusal('service.unavailable', { cause: error }) : error;
    }
  }
}
