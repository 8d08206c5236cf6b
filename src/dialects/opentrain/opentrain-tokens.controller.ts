import {
  applyDecorators,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { BearerGuard } from '../../auth/bearer.guard.js';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import {
  type BusinessCaller,
  type Caller,
  CurrentBusinessCaller,
  CurrentCaller,
  requestFactsOf,
} from '../../auth/caller.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import {
  CreatedOpenTrainTokenDto,
  CreateOpenTrainTokenDto,
  OpenTrainMeDto,
  OpenTrainTokenListDto,
  RevokedOpenTrainTokenDto,
} from './opentrain-token.dto.js';
import { OpenTrainAgentRefusals, OpenTrainRefusals } from './opentrain-error.dto.js';
import { OpenTrainTokensService } from './opentrain-tokens.service.js';
import { formOf, tokenOf } from '../../common/http/form.js';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { RevocationBySecretService } from '../../revocations/revocation-by-secret.service.js';

/** RFC 7009 §2.1, without client authentication: holding the secret is enough. */
const Revocation = (operationId: string, summary: string) =>
  applyDecorators(
    HttpCode(200),
    OpenRoute(),
    ApiConsumes('application/x-www-form-urlencoded'),
    ApiOperation({
      operationId,
      summary,
      description: 'RFC 7009. The answer is the same for a secret that is unknown or revoked already.',
    }),
    ApiBody({
      required: true,
      schema: {
        type: 'object',
        required: ['token'],
        properties: {
          token: {
            type: 'string',
            description: 'The secret to be revoked.',
            example: 'ot_pat_<public id>_<random>_<checksum>',
          },
          token_type_hint: { type: 'string', description: 'Ignored: there is one type of token.' },
        },
      },
    }),
    ApiOkResponse({
      description: 'No verifier accepts the secret any more.',
      schema: { type: 'object', additionalProperties: false },
    }),
    OpenTrainAgentRefusals(),
  );

@ApiTags('opentrain')
@Controller('api/agent')
export class OpenTrainAgentController {
  constructor(private readonly revocations: RevocationBySecretService) {}

  @Post('identity/revoke')
  @Revocation('revokeOpenTrainIdentity', 'Revoke a token by its secret')
  revokeIdentity(@Req() request: FastifyRequest): Promise<Record<string, never>> {
    return this.revokePresented(request);
  }

  @Post('oauth/revoke')
  @Revocation('revokeOpenTrainOAuth', 'Revoke a token by its secret')
  revokeOAuth(@Req() request: FastifyRequest): Promise<Record<string, never>> {
    return this.revokePresented(request);
  }

  private async revokePresented(request: FastifyRequest): Promise<Record<string, never>> {
    await this.revocations.revokeBySecret(tokenOf(formOf(request)), requestFactsOf(request));
    return {};
  }
}

@ApiTags('opentrain')
@Controller('api/public/v1')
export class OpenTrainTokensController {
  constructor(private readonly tokens: OpenTrainTokensService) {}

  @Post('tokens')
  @TokenBusinessRoute()
  @ApiOperation({
    operationId: 'createOpenTrainToken',
    summary: 'Create a token for the account of the caller',
    description:
      'The secret is part of this answer and of no other. Any token that was created here may create others, which never exceed it; tokens of other dialects need rescind:tokens:write.',
  })
  @ApiBody({ type: CreateOpenTrainTokenDto, required: false })
  @ApiCreatedResponse({ type: CreatedOpenTrainTokenDto, description: 'The token, with its secret.' })
  @OpenTrainRefusals(409, 413, 415)
  create(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Body() input: CreateOpenTrainTokenDto,
  ): Promise<CreatedOpenTrainTokenDto> {
    return this.tokens.create(caller, input);
  }

  @Get('tokens')
  @TokenBusinessRoute()
  @ApiOperation({
    operationId: 'listOpenTrainTokens',
    summary: 'List the tokens of the account, newest first: active, expired and revoked',
  })
  @ApiOkResponse({ type: OpenTrainTokenListDto, description: 'The newest thousand.' })
  @OpenTrainRefusals()
  async list(@CurrentBusinessCaller() caller: BusinessCaller): Promise<OpenTrainTokenListDto> {
    return { tokens: await this.tokens.list(caller) };
  }

  @Delete('tokens/:tokenId')
  @Revokes()
  @TokenBusinessRoute()
  @ApiOperation({
    operationId: 'revokeOpenTrainToken',
    summary: 'Revoke a token',
    description:
      'Irreversible. Once this has answered, the token is refused everywhere. Repeated calls answer with the first `revokedAt`. A token may revoke itself.',
  })
  @ApiOkResponse({
    type: RevokedOpenTrainTokenDto,
    description: 'The token is revoked, and no verifier accepts it any more.',
  })
  @OpenTrainRefusals(404, 413, 415)
  async revokeOpenTrainToken(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @Param('tokenId') tokenId: string,
  ): Promise<RevokedOpenTrainTokenDto> {
    return { token: await this.tokens.revokeOpenTrainToken(caller, tokenId) };
  }

  @Get('auth/me')
  @UseGuards(BearerGuard)
  @ApiBearerAuth('bearer')
  @ApiOperation({ operationId: 'getOpenTrainMe', summary: 'Who calls, with which token, for which account' })
  @ApiOkResponse({ type: OpenTrainMeDto, description: 'The owner of the token and its account.' })
  @OpenTrainRefusals()
  me(@CurrentCaller() { principal }: Caller): OpenTrainMeDto {
    return OpenTrainMeDto.from(principal);
  }
}
