import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { PlatformRoute, Refusals } from '../../auth/route.decorator.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { UuidParam } from '../../common/uuid.pipe.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { IssuedTokenDto } from '../../tokens/dto/issue-token.dto.js';
import { RevokeAnswerDto } from '../../revocations/revoked-token.dto.js';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';
import { expiryInDays } from '../../token-rows/token-lifetime.js';
import {
  IssuePlatformTokenDto,
  PLATFORM_LIFETIME_DAYS_DEFAULT,
  PlatformTokenListDto,
  RevokePlatformTokenDto,
} from './platform-token.dto.js';
import { PlatformTokensService } from '../../tokens/platform-tokens.service.js';

@ApiTags('platform')
@PlatformRoute()
@Controller('api/v1/admin/tokens')
export class PlatformTokensController {
  constructor(
    private readonly tokens: PlatformTokensService,
    private readonly clock: DatabaseClock,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listPlatformTokens', summary: "List the platform's own tokens" })
  @ApiOkResponse({ type: PlatformTokenListDto, description: 'All of them, newest first.' })
  async list(): Promise<PlatformTokenListDto> {
    const items = await this.tokens.list();
    return { items: items.map((token) => TokenInfoDto.from(token, this.clock.nowMs())) };
  }

  @Post()
  @ApiOperation({
    operationId: 'issuePlatformToken',
    summary: 'Issue a platform token',
    description:
      'It may do everything in every business, or, with `scopes`, only ask for verdicts there: that is the credential of a back end, which does not know the business of a secret before it has verified it. It expires after 90 days unless told otherwise; the first one and those of `rescind bootstrap` do not expire.',
  })
  @ApiCreatedResponse({ type: IssuedTokenDto, description: 'The token, with its secret.' })
  @Refusals(413, 415)
  async issue(
    @CurrentCaller() caller: Caller,
    @Body() input: IssuePlatformTokenDto,
  ): Promise<IssuedTokenDto> {
    const { expires_in_days: days = PLATFORM_LIFETIME_DAYS_DEFAULT } = input;
    const nowMs = this.clock.nowMs();
    const expiresAt = expiryInDays(days, nowMs);
    const { name, scopes, issued_to: issuedTo = null } = input;
    const asked = { name, ...(scopes == null ? {} : { scopes }), issuedTo, expiresAt, origin: 'api' };
    const { secret, token } = await this.tokens.issue(asked, caller);
    return { token: secret, token_info: TokenInfoDto.from(token, nowMs) };
  }

  @Post(':token_id/revoke')
  @Revokes()
  @ApiOperation({ operationId: 'revokePlatformToken', summary: 'Revoke a platform token' })
  @ApiCreatedResponse({
    type: RevokeAnswerDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  @Refusals(404, 413, 415)
  async revokePlatformToken(
    @CurrentCaller() caller: Caller,
    @UuidParam('token_id') tokenId: string,
    @Body() input: RevokePlatformTokenDto,
  ): Promise<RevokeAnswerDto> {
    return RevokeAnswerDto.from(
      await this.tokens.revokePlatformToken(tokenId, input.reason ?? null, caller, input.children ?? false),
    );
  }
}
