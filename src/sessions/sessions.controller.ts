import {
  Body,
  Controller,
  Get,
  HttpCode,
  Post,
  Query,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCookieAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdmissionInterceptor } from '../auth/admission.interceptor.js';
import { BearerGuard } from '../auth/bearer.guard.js';
import { CallLimitGuard } from '../auth/call-limit.guard.js';
import { CurrentBusinessCaller, CurrentCaller, type BusinessCaller, type Caller } from '../auth/caller.js';
import { NamedOrOwnBusinessGuard } from '../auth/business.guard.js';
import { Revokes } from '../auth/revokes.decorator.js';
import { Refusals } from '../auth/route.decorator.js';
import { AnyBusinessRoute } from '../auth/token-business-route.decorator.js';
import { OpenRoute } from '../common/http/open-route.decorator.js';
import { PageQueryDto } from '../common/page-query.dto.js';
import { UuidParam } from '../common/uuid.pipe.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { RevokeAnswerDto } from '../revocations/revoked-token.dto.js';
import { ReceiptRoute } from '../revocations/receipts/receipt-route.decorator.js';
import { OwnPageGuard } from '../auth/cross-site-wall.js';
import { clearSessionCookie, setSessionCookie } from './session-cookie.js';
import { RevokeSessionDto, SessionDto, SessionPageDto, SignedOutDto, SignInWaysDto } from './session.dto.js';
import type { SessionRow } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInWays } from './sign-in.js';

/** Sessions of people in browsers. */
@ApiTags('sessions')
@Controller('api/v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly ways: SignInWays,
    private readonly clock: DatabaseClock,
  ) {}

  @Get('sign-in')
  @OpenRoute()
  @ApiOperation({ operationId: 'listSignInWays', summary: 'How people can sign in here' })
  @ApiOkResponse({ type: SignInWaysDto, description: 'The ways that are set up.' })
  @Refusals(400, 429, 500, 503)
  signInWays(): SignInWaysDto {
    const { providers, takesRecoveryCodes } = this.ways;
    return { token: true, oidc: providers, recovery: takesRecoveryCodes };
  }

  @Post()
  @UseGuards(BearerGuard, OwnPageGuard, CallLimitGuard)
  @UseInterceptors(AdmissionInterceptor)
  @ApiBearerAuth('bearer')
  @ApiOperation({
    operationId: 'openSession',
    summary: 'Sign in with a token',
    description:
      'Only for pages of the same origin (`Sec-Fetch-Site: same-origin`). The secret of the session is in the cookie `__Host-rescind` and nowhere else. The session may do what the token may, and ends with it.',
  })
  @ApiCreatedResponse({ type: SessionDto, description: 'The session is open, and the cookie set.' })
  @Refusals(400, 401, 403, 413, 415, 429, 500, 503)
  async open(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    const { secret, id, expiresAt } = await this.sessions.openWithToken(caller);
    setSessionCookie(reply, secret, expiresAt);
    return this.shown(await this.sessions.get(caller.principal.businessId, id), id);
  }

  @Get('current')
  @UseGuards(BearerGuard, CallLimitGuard)
  @UseInterceptors(AdmissionInterceptor)
  @ApiCookieAuth('session')
  @ApiOperation({ operationId: 'getCurrentSession', summary: 'Who is signed in' })
  @ApiOkResponse({ type: SessionDto, description: 'The session that the request is made with.' })
  @Refusals(400, 401, 403, 429, 500, 503)
  async current(@CurrentCaller() caller: Caller): Promise<SessionDto> {
    const row = await this.sessions.current(caller);
    return this.shown(row, row.id);
  }

  @Post('current/end')
  @HttpCode(200)
  @UseGuards(BearerGuard, CallLimitGuard)
  @UseInterceptors(AdmissionInterceptor)
  @Revokes()
  @ApiCookieAuth('session')
  @ApiOperation({
    operationId: 'endCurrentSession',
    summary: 'Sign out',
    description: 'Once this has answered, the session is refused everywhere.',
  })
  @ApiOkResponse({ type: SignedOutDto, description: 'The session has ended, and the cookie is cleared.' })
  @Refusals(400, 401, 403, 413, 415, 429, 500, 503)
  async end(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedOutDto> {
    const logoutUrl = await this.sessions.endCurrent(caller);
    clearSessionCookie(reply);
    return { ended: true, provider_logout_url: logoutUrl };
  }

  @Get()
  @AnyBusinessRoute('rescind:tokens:read')
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'List your own sessions, or all of the business as an administrator or auditor',
    description:
      'Live ones, newest first. Without `x-business-id` those of the caller’s own business, or of the platform.',
  })
  @ApiOkResponse({ type: SessionPageDto, description: 'One page.' })
  @Refusals(400, 401, 403, 422, 429, 500, 503)
  async list(@CurrentCaller() caller: Caller, @Query() query: PageQueryDto): Promise<SessionPageDto> {
    const page = await this.sessions.list(caller, query);
    return { ...page, items: page.items.map((row) => this.shown(row, caller.principal.token.id)) };
  }

  @Post(':session_id/revoke')
  @HttpCode(201)
  @UseGuards(BearerGuard, NamedOrOwnBusinessGuard, CallLimitGuard)
  @UseInterceptors(AdmissionInterceptor)
  @Revokes()
  @ApiBearerAuth('bearer')
  @ApiSecurity('business')
  @ApiOperation({
    operationId: 'revokeSession',
    summary: 'Revoke a session',
    description:
      'Irreversible. Once this has answered, the session is refused everywhere. Repeated calls answer with the facts of the first. Any session may revoke itself.',
  })
  @ApiBody({ type: RevokeSessionDto, required: false })
  @ApiCreatedResponse({
    type: RevokeAnswerDto,
    description: 'The session is revoked, and no verifier accepts it any more.',
  })
  @Refusals(400, 401, 403, 404, 413, 415, 422, 429, 500, 503)
  async revokeSession(
    @CurrentCaller() caller: Caller,
    @UuidParam('session_id') sessionId: string,
    @Body() input: RevokeSessionDto,
  ): Promise<RevokeAnswerDto> {
    return RevokeAnswerDto.from(await this.sessions.revokeSession(caller, sessionId, input.reason ?? null));
  }

  @Get(':session_id/receipt')
  @ReceiptRoute()
  @ApiOperation({
    operationId: 'getSessionReceipt',
    summary: 'A signed receipt of the end of a session',
    description:
      'As that of a token, whether the session was revoked or signed out, or ended with its person or business. Of a session that ended with the token that it was opened with, it is the receipt of that token, and names the session in `session_id`. 404 also while the session is not revoked, and when it ended by itself.',
  })
  receipt(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('session_id') sessionId: string,
  ): Promise<string> {
    return this.sessions.receipt(caller, sessionId);
  }

  private shown(row: SessionRow, currentId: string): SessionDto {
    return SessionDto.from(row, currentId, this.clock.nowMs());
  }
}
