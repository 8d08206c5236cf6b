import { Controller, Get, HttpCode, Logger, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestFactsOf } from '../auth/caller.js';
import { Refusals } from '../auth/route.decorator.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable, loggableError } from '../common/errors/driver-error.js';
import { OpenRoute, SignedRoute } from '../common/http/open-route.decorator.js';
import { setSessionCookie } from '../sessions/session-cookie.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { ATTEMPT_OVER, businessIn, OidcSignInService, returnTo } from './oidc-sign-in.service.js';
import { PersonSessionsService } from './person-sessions.service.js';
import { OidcProviders } from './providers/oidc-providers.js';
import { type SignInError, SignInRefusal } from './sign-in-refusal.js';
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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EXAMPLE = { name: 'provider', schema: { type: 'string', example: 'corp' } } as const;

/** For browsers alone: whatever happens, they are led to a page of the console. */
@ApiTags('sign-in')
@Controller('sign-in/oidc/:provider')
export class OidcSignInController {
  private readonly logger = new Logger('SignIn');

  constructor(
    private readonly providers: OidcProviders,
    private readonly signIn: OidcSignInService,
    private readonly sessions: PersonSessionsService,
    private readonly failed: FailedSignIns,
  ) {}

  @Get()
  @HttpCode(303)
  @OpenRoute()
  @ApiOperation({
    operationId: 'startOidcSignIn',
    summary: 'Go to a provider to sign in',
    description:
      'For browsers. A cookie that lasts ten minutes binds the attempt to this browser. `GET /api/v1/sessions/sign-in` lists the providers.',
  })
  @ApiParam({ ...EXAMPLE, description: 'The id of the provider.' })
  @ApiQuery({
    name: 'return_to',
    required: false,
    schema: { type: 'string' },
    description: 'Where to go then: a path below /console/. Anything else means /console/.',
  })
  @ApiQuery({
    name: 'business',
    required: false,
    schema: { type: 'string', format: 'uuid' },
    description: 'To sign in to; left out: the one that `return_to` names, or the first of the person.',
  })
  @ApiResponse({ status: 303, description: 'To the provider, or to /console/sign-in with an `error`.' })
  @Refusals(404, 429, 500, 503)
  async start(
    @Param('provider') id: string,
    @Query('return_to') asked: unknown,
    @Query('business') business: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const provider = this.providers.get(id);
    await this.lead(id, request, reply, async () => {
      const path = returnTo(asked);
      const named = typeof business === 'string' && UUID.test(business) ? business.toLowerCase() : null;
      const { url, cookie } = await this.signIn.begin(provider, path, named ?? businessIn(path));
      void reply.header('set-cookie', cookie);
      return url.href;
    });
  }

  @Get('callback')
  @HttpCode(303)
  @OpenRoute()
  @ApiOperation({
    operationId: 'finishOidcSignIn',
    summary: 'Come back from a provider',
    description:
      'The redirect URI of this client at the provider: `<RESCIND_PUBLIC_URL>/sign-in/oidc/<provider>/callback`. Opens a session and leads on, or leads to /console/sign-in with an `error`.',
  })
  @ApiParam({ ...EXAMPLE, description: 'The id of the provider.' })
  @ApiResponse({ status: 303, description: 'To the console.' })
  @Refusals(404, 429, 500, 503)
  async finish(
    @Param('provider') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const provider = this.providers.get(id);
    const facts = requestFactsOf(request);
    const query = request.url.slice(request.url.indexOf('?') + 1 || Infinity);
    void reply.header('set-cookie', ATTEMPT_OVER);
    await this.lead(id, request, reply, async () => {
      const signedIn = await this.signIn.finish(provider, query, request.headers.cookie, facts);
      const { secret, expiresAt } = await this.sessions.openByProvider(signedIn, facts);
      setSessionCookie(reply, secret, expiresAt);
      return signedIn.returnTo;
    });
  }

  private async lead(
    provider: string,
    request: FastifyRequest,
    reply: FastifyReply,
    where: () => Promise<string>,
  ): Promise<void> {
    // Where somebody was sent from is nobody's business, and the address holds a code.
    void reply.header('referrer-policy', 'no-referrer');
    try {
      void reply.header('location', await where());
    } catch (error) {
      const told = this.errorFor(error, provider, request);
      void reply.header(
        'location',
        `/console/sign-in?${new URLSearchParams({ error: told, provider }).toString()}`,
      );
    }
  }

  /** @throws whatever is no refusal of a sign-in and no outage */
  private errorFor(error: unknown, provider: string, request: FastifyRequest): SignInError {
    if (error instanceof SignInRefusal) {
      const { issuer = null, subject = null, businessId = null } = error.account ?? {};
      const { failure } = error;
      this.failed.note(
        { method: 'oidc', provider, failure, businessId, issuer, subject },
        requestFactsOf(request),
      );
      return error.error;
    }
    const isOutage =
      isDatabaseUnavailable(error) || (error instanceof DomainError && OUTAGES.has(error.code));
    if (!isOutage) throw error;
    this.logger.error({ ...loggableError(error), request_id: request.id }, 'A sign-in failed.');
    return 'service_unavailable';
  }
}

const OUTAGES: ReadonlySet<string> = new Set([
  'service.unavailable',
  'audit.unwritable',
  'audit.integrity_violated',
  'revocation.unconfirmed',
]);
