import { Body, Controller, Headers, HttpCode, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Revokes } from '../auth/revokes.decorator.js';
import { type Caller, CurrentCaller, requestFactsOf } from '../auth/caller.js';
import { Refusals } from '../auth/route.decorator.js';
import { refusal } from '../common/errors/domain-error.js';
import { SignedRoute } from '../common/http/open-route.decorator.js';
import { GithubKeys, type GithubLabel, isSigned, labelOf, matchesIn } from './github-keys.js';
import { GITHUB, LeakResponseService, nameOf } from './leak-response.service.js';
import { AdmissionInterceptor } from '../auth/admission.interceptor.js';
import { BearerGuard } from '../auth/bearer.guard.js';
import { CallLimitGuard } from '../auth/call-limit.guard.js';
import { askerOf } from '../verification/presentation.js';
import { LeaksReceivedDto, ReportLeaksDto } from './leak-report.dto.js';

@ApiTags('leaks')
@Controller('api/v1/leaks')
export class LeakReportsController {
  constructor(private readonly responses: LeakResponseService) {}

  @Post()
  @HttpCode(202)
  @UseGuards(BearerGuard, CallLimitGuard)
  @UseInterceptors(AdmissionInterceptor)
  @Revokes()
  @ApiBearerAuth('bearer')
  @ApiOperation({
    operationId: 'reportLeaks',
    summary: 'Report leaked secrets',
    description:
      'For scanners and whoever finds one: any good token may. Those that are secrets of tokens are revoked at once with what came from them, or their business is told, as it has chosen (`leak_policy`). The answer is the same for secrets of all businesses and for what is none.',
  })
  @ApiAcceptedResponse({ type: LeaksReceivedDto, description: 'All of them were handled.' })
  @Refusals(400, 401, 403, 413, 415, 422, 429, 500, 503)
  async reportLeaks(
    @CurrentCaller() caller: Caller,
    @Body() input: ReportLeaksDto,
  ): Promise<LeaksReceivedDto> {
    const reports = input.leaks.map(({ secret, url, source }) => ({
      secret,
      url: url ?? null,
      source: source ?? null,
    }));
    await this.responses.respond(reports, nameOf(caller), askerOf(caller.principal.businessId));
    return { received: reports.length };
  }
}

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
