import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { ManagedByPlatform, Refusals } from '../../auth/managed.decorator.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { IssuedTokenDto } from '../../tokens/dto/issued-token.dto.js';
import { RevokeAnswerDto } from '../../tokens/dto/revoked-token.dto.js';
import { TokenInfoDto } from '../../tokens/dto/token-info.dto.js';
import { expiryInDays } from '../../tokens/token-lifetime.js';
import { IssuePlatformTokenDto, PlatformTokenListDto, RevokePlatformTokenDto } from './platform-token.dto.js';
import { PlatformTokensService } from '../../tokens/platform-tokens.service.js';

@ApiTags('platform')
@ManagedByPlatform()
@Controller('api/v1/admin/tokens')
export class PlatformTokensController {
  constructor(private readonly tokens: PlatformTokensService) {}

  @Get()
  @ApiOperation({ operationId: 'listPlatformTokens', summary: "List the platform's own tokens" })
  @ApiOkResponse({ type: PlatformTokenListDto, description: 'All of them, newest first.' })
  async list(): Promise<PlatformTokenListDto> {
    return { items: (await this.tokens.list()).map((token) => TokenInfoDto.from(token)) };
  }

  @Post()
  @ApiOperation({
    operationId: 'issuePlatformToken',
    summary: 'Issue a platform token',
    description: 'It may do everything in every business.',
  })
  @ApiCreatedResponse({ type: IssuedTokenDto, description: 'The token, with its secret.' })
  @Refusals(413, 415)
  async issue(
    @CurrentCaller() caller: Caller,
    @Body() input: IssuePlatformTokenDto,
  ): Promise<IssuedTokenDto> {
    const expiresAt = expiryInDays(input.expires_in_days ?? null, Date.now());
    const { secret, token } = await this.tokens.issue(input.name, expiresAt, 'api', caller);
    return { token: secret, token_info: TokenInfoDto.from(token) };
  }

  @Post(':token_id/revoke')
  @Revokes()
  @HttpCode(201)
  @ApiOperation({ operationId: 'revokePlatformToken', summary: 'Revoke a platform token' })
  @ApiCreatedResponse({
    type: RevokeAnswerDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  @Refusals(404, 413, 415)
  async revoke(
    @CurrentCaller() caller: Caller,
    @Param('token_id', UuidPipe) tokenId: string,
    @Body() input: RevokePlatformTokenDto,
  ): Promise<RevokeAnswerDto> {
    return RevokeAnswerDto.from(
      await this.tokens.revoke(tokenId, input.reason ?? null, caller, input.children ?? false),
    );
  }
}
