import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RequestFacts } from '../../audit/trail/audit-draft.js';
import { CurrentRequestFacts } from '../../auth/caller.js';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { InfisicalRefusals } from './infisical-refusals.decorator.js';
import { AccessTokenDto, InfisicalMessageDto, RenewedAccessTokenDto } from './infisical-token.dto.js';
import { InfisicalTokensService } from './infisical-tokens.service.js';

/** What the holder of a secret may do with it, without any other credential. */
@ApiTags('infisical')
@Controller('api/v1/auth/token')
export class AccessTokensController {
  constructor(private readonly tokens: InfisicalTokensService) {}

  @Post('renew')
  @OpenRoute()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'renewAccessToken',
    summary: 'Extend the expiry of a token, by its secret',
    description:
      'To its TTL from now, never past its creation plus its maximum TTL. The secret stays the same, and this is not a use of it.',
  })
  @ApiOkResponse({ type: RenewedAccessTokenDto, description: 'The same token, with a later expiry.' })
  @InfisicalRefusals(413, 415)
  renew(
    @Body() { accessToken }: AccessTokenDto,
    @CurrentRequestFacts() request: RequestFacts,
  ): Promise<RenewedAccessTokenDto> {
    return this.tokens.renew(accessToken, request);
  }

  @Post('revoke')
  @OpenRoute()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'revokeAccessToken',
    summary: 'Revoke a token by its secret',
    description: 'The answer is the same for a secret that is unknown or revoked already.',
  })
  @ApiOkResponse({ type: InfisicalMessageDto, description: 'No verifier accepts the secret any more.' })
  @InfisicalRefusals(413, 415)
  async revokeInfisicalAccessToken(
    @Body() { accessToken }: AccessTokenDto,
    @CurrentRequestFacts() request: RequestFacts,
  ): Promise<InfisicalMessageDto> {
    await this.tokens.revokeInfisicalAccessToken(accessToken, request);
    return { message: 'The access token is revoked.' };
  }
}
