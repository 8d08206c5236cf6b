import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestFactsOf } from '../../auth/caller.js';
import { CrossSiteWall } from '../../auth/cross-site-wall.js';
import { Rates } from '../../admission/rates.js';
import { Refusals } from '../../auth/route.decorator.js';
import { refusal } from '../../common/errors/domain-error.js';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { setSessionCookie } from '../../sessions/session-cookie.js';
import { FailedSignIns } from '../failed-sign-ins.js';
import { PersonSessionsService } from '../person-sessions.service.js';
import { RecoverDto, RecoveredDto } from './recovery.dto.js';
import { RecoveryService } from './recovery.service.js';

@ApiTags('sign-in')
@Controller('sign-in/recovery')
export class RecoveryController {
  constructor(
    private readonly wall: CrossSiteWall,
    private readonly recovery: RecoveryService,
    private readonly sessions: PersonSessionsService,
    private readonly rates: Rates,
    private readonly failed: FailedSignIns,
  ) {}

  @Post()
  @OpenRoute()
  @ApiOperation({
    operationId: 'signInWithRecoveryCode',
    summary: 'Sign in with the recovery code of a business',
    description:
      'For when the provider does not work: opens a session of one hour as the owner of longest standing, and records `access.break_glass`. The code is good once; `rescind recovery-code` makes another. Only for pages of the same origin (`Sec-Fetch-Site: same-origin`).',
  })
  @ApiCreatedResponse({ type: RecoveredDto, description: 'The session is open, and the cookie set.' })
  @Refusals(400, 401, 403, 413, 415, 422, 429, 500, 503)
  async signIn(
    @Body() { business, code }: RecoverDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecoveredDto> {
    this.wall.demandOwnPage(request);
    const facts = requestFactsOf(request);
    const owner = await this.recovery.use(business, code, facts);
    if (owner === null) {
      this.failed.note(
        {
          ...{ method: 'recovery_code', provider: null, failure: 'recovery_code' },
          // Nobody is told whether there is such a business, so its log does not know either.
          ...{ businessId: null, issuer: null, subject: null },
        },
        facts,
      );
      this.rates.demand('failed-authentications', request.ip);
      throw refusal('authentication.invalid');
    }
    const { secret, id, expiresAt } = await this.sessions.openByRecovery(owner, facts);
    setSessionCookie(reply, secret, expiresAt);
    return { session_id: id, business_id: owner.businessId, expires_at: expiresAt.toISOString() };
  }
}
