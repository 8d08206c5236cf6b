import { Controller, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Revokes } from '../auth/revokes.decorator.js';
import { requestFactsOf } from '../auth/caller.js';
import { Refusals } from '../auth/route.decorator.js';
import { refusal } from '../common/errors/domain-error.js';
import { SignedRoute } from '../common/http/open-route.decorator.js';
import { GithubKeys, type GithubLabel, isSigned, labelOf, matchesIn } from './github-keys.js';
import { GITHUB, LeakResponseService } from './leak-response.service.js';

const BODY_BYTES_MAX = 256 * 1024;

/** GitHub's secret scanning partner program. */
@ApiTags('leaks')
@Controller('leaks/github')
export class GithubLeaksController {
  constructor(
    private readonly keys: GithubKeys,
    private readonly responses: LeakResponseService,
  ) {}

  @Post()
  @HttpCode(200)
  @SignedRoute(BODY_BYTES_MAX)
  @Revokes()
  @ApiOperation({
    operationId: 'reportLeaksFromGithub',
    summary: "Accept a report of GitHub's secret scanning",
    description:
      'Answered only when RESCIND_GITHUB_KEYS_URL is set, and only for what is signed with a key that is published there. What is found is dealt with as `POST /api/v1/leaks` does, before it is answered which of the matches were real.',
  })
  @ApiHeader({
    name: 'github-public-key-identifier',
    required: true,
    schema: { type: 'string', example: 'the name of the key' },
  })
  @ApiHeader({
    name: 'github-public-key-signature',
    required: true,
    schema: { type: 'string', example: 'the signature, in base64' },
  })
  @ApiBody({
    schema: {
      type: 'array',
      example: [
        { token: 'some_token', type: 'some_type', url: 'https://example.com/found', source: 'commit' },
      ],
      items: {
        type: 'object',
        required: ['token', 'type'],
        properties: {
          token: { type: 'string' },
          type: { type: 'string' },
          url: { type: 'string' },
          source: { type: 'string' },
        },
      },
    },
  })
  @ApiOkResponse({
    description: 'A label for each match.',
    schema: {
      type: 'array',
      items: {
        type: 'object',
        required: ['token_hash', 'token_type', 'label'],
        properties: {
          token_hash: { type: 'string', description: 'SHA-256 of the match, hexadecimal.' },
          token_type: { type: 'string' },
          label: { type: 'string', enum: ['true_positive', 'false_positive'] },
        },
      },
    },
  })
  @Refusals(400, 401, 404, 413, 415, 429, 500, 503)
  async reportLeaksFromGithub(
    @Req() request: FastifyRequest,
    @Headers('github-public-key-identifier') identifier: string | undefined,
    @Headers('github-public-key-signature') signature: string | undefined,
  ): Promise<GithubLabel[]> {
    if (!this.keys.areConfigured) throw refusal('route.not_found');
    const body = request.body as string | undefined;
    if (identifier === undefined || signature === undefined) throw refusal('authentication.required');
    const key = await this.keys.find(identifier);
    if (key === null || body === undefined || !isSigned(body, signature, key))
      throw refusal('authentication.invalid');
    const matches = matchesIn(body);
    if (matches === null) throw refusal('request.invalid');
    const reports = matches.map(({ token, url, source }) => ({ secret: token, url, source }));
    const known = await this.responses.respond(reports, GITHUB(requestFactsOf(request)), {
      kind: 'verdict',
      key: 'github',
    });
    return matches.map((match, index) => labelOf(match, known[index] === true));
  }
}
