import { applyDecorators, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { requestFactsOf } from '../../auth/caller.js';
import { formOf, tokenOf } from '../../common/http/form.js';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { RevocationBySecretService } from '../../revocations/revocation-by-secret.service.js';
import { OpenTrainAgentRefusals } from './opentrain-error.dto.js';

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
