import { applyDecorators, Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RequestFacts } from '../../audit/trail/audit-draft.js';
import { CurrentRequestFacts } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { RevocationBySecretService } from '../../tokens/revocation-by-secret.service.js';
import { OpenTrainAgentRefusals } from './opentrain-refusals.decorator.js';

/** RFC 7009 §2.1, without client authentication: holding the secret is enough. */
const Revocation = (operationId: string, summary: string) =>
  applyDecorators(
    HttpCode(200),
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
          token: { type: 'string', description: 'The secret to be revoked.' },
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
  revokeIdentity(
    @Body() form: object | undefined,
    @CurrentRequestFacts() request: RequestFacts,
  ): Promise<Record<string, never>> {
    return this.revoke(form, request);
  }

  @Post('oauth/revoke')
  @Revocation('revokeOpenTrainOAuth', 'Revoke a token by its secret')
  revokeOAuth(
    @Body() form: object | undefined,
    @CurrentRequestFacts() request: RequestFacts,
  ): Promise<Record<string, never>> {
    return this.revoke(form, request);
  }

  private async revoke(form: object | undefined, request: RequestFacts): Promise<Record<string, never>> {
    await this.revocations.revoke(tokenOf(form), request);
    return {};
  }
}

/** @throws DomainError `request.invalid` without a token, or with a repeated parameter (RFC 6749 §3.1) */
function tokenOf(form: object | undefined): string {
  const values = Object.entries((form ?? {}) as Record<string, unknown>);
  if (values.some(([, value]) => typeof value !== 'string'))
    throw new DomainError('request.invalid', 'A parameter is given more than once.');
  const token = values.find(([name]) => name === 'token')?.[1];
  if (typeof token !== 'string' || token === '')
    throw new DomainError('request.invalid', 'The token parameter is missing.');
  return token;
}
