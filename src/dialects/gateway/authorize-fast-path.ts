import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { bearerSecretOf } from '../../common/bearer-header.js';
import { clientAddressReader } from '../../common/http/client-key.js';
import { CachedAnswers } from '../../common/http/cached-responses.js';
import type { BodylessFastPath } from '../../common/http/fast-paths.js';
import type { TokenFacts } from '../../verification/token-facts.js';
import { TokenUsage } from '../../verification/usage/token-usage.js';
import { VerdictCounter } from '../../verification/verdict-counter.js';
import { Verdicts } from '../../verification/verdicts.js';
import { businessSpokenFor, identityHeaders, questionOf, scopesSaidIn } from './authorization.service.js';
import { GATEWAY_PATH, isGatewayTarget } from './gateway-target.js';

/**
 * An active token in memory that satisfies the question in its own business: the steps of AuthorizationService, if
 * none refuses.
 */
@Injectable()
export class AuthorizeFastPath implements BodylessFastPath {
  readonly path = GATEWAY_PATH;
  readonly isAsked = isGatewayTarget;
  private readonly answers = new CachedAnswers((token: TokenFacts) =>
    Object.entries(identityHeaders(token, token.business?.id ?? null)).flat(),
  );

  private readonly addressOf = clientAddressReader();

  constructor(
    private readonly verdicts: Verdicts,
    private readonly counter: VerdictCounter,
    private readonly usage: TokenUsage,
  ) {}

  answer(request: IncomingMessage): readonly string[] | null {
    const leasedAtMs = this.verdicts.leasedNow();
    if (leasedAtMs === null) return null;
    const token = this.verdicts.verifyCached(bearerSecretOf(request), { from: null }, leasedAtMs);
    const question = questionOf(request);
    if (token === null || businessSpokenFor(token, question).mustExist) return null;
    this.counter.countOutcome('active');
    const presented = {
      from: this.addressOf(request),
      userAgent: request.headers['user-agent'],
      scopes: scopesSaidIn(question),
    };
    this.usage.note(token, 'active', presented, leasedAtMs);
    return this.answers.of(token);
  }
}
