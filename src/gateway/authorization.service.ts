import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isGuess } from '../auth/authenticator.js';
import { FailedAuthentications } from '../auth/failed-authentications.js';
import { PresentedSecrets } from '../auth/presented-secrets.js';
import { BusinessesRepository } from '../businesses/businesses.repository.js';
import { bearerSecretOf } from '../common/bearer-header.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isUuid } from '../common/uuid.pipe.js';
import { authorityOf, effectiveScopes } from '../verification/effective-scopes.js';
import { covers } from '../verification/scopes.js';
import type { TokenFacts } from '../verification/token-facts.js';
import type { Verdict } from '../verification/verdict.js';
import { VerdictCounter } from '../verification/verdict-counter.js';
import { questionOf, type AuthorizationQuestion } from './authorization-question.js';
import { identityHeaders } from './identity-headers.js';

/** Judges the token of a request that a reverse proxy holds back. */
@Injectable()
export class AuthorizationService {
  constructor(
    private readonly presented: PresentedSecrets,
    private readonly failures: FailedAuthentications,
    private readonly counter: VerdictCounter,
    private readonly businesses: BusinessesRepository,
  ) {}

  /**
   * The identity headers of a request that may pass. Synchronous when memory can tell.
   * @throws DomainError for every one that may not, or of which it cannot be told
   */
  authorize(request: FastifyRequest): Record<string, string> | Promise<Record<string, string>> {
    const secret = bearerSecretOf(request.raw);
    const question = questionOf(request);
    const verdict = this.presented.verdictOn(secret, { from: request.ip });
    return verdict instanceof Promise
      ? verdict.then((late) => this.answer(late, question, request.ip))
      : this.answer(verdict, question, request.ip);
  }

  private answer(
    verdict: Verdict,
    question: AuthorizationQuestion,
    from: string,
  ): Record<string, string> | Promise<Record<string, string>> {
    this.counter.count(verdict);
    // A proxy takes 429 for a fault of its own: whoever guesses too much goes on to be refused with 401.
    if (!verdict.active && isGuess(verdict.reason)) this.failures.count(from);
    const token = tokenOf(verdict);
    const granted = effectiveScopes(token);
    for (const scope of question.scopes) {
      if (!covers(granted, scope)) throw denied(isScopeToken(scope) ? scope : undefined);
    }
    const [named, ...others] = question.businesses;
    const own = token.business?.id ?? null;
    if (named === undefined || (named === own && others.length === 0)) return identityHeaders(token, own);
    if (others.some((other) => other !== named)) throw foreignBusiness();
    if (named === own) return identityHeaders(token, own);
    if (authorityOf(token) !== 'platform' || !isUuid(named)) throw foreignBusiness();
    return this.businesses.exists(named).then((exists) => {
      if (!exists) throw foreignBusiness();
      return identityHeaders(token, named);
    });
  }
}

function tokenOf(verdict: Verdict): TokenFacts {
  if (verdict.active) return verdict.token;
  if (verdict.reason === 'ip_not_allowed') throw denied(undefined);
  throw new DomainError('authentication.invalid', 'Not authenticated', {
    details: { failure: verdict.reason },
  });
}

/** RFC 6749 §3.3: nothing else may be repeated inside a quoted header parameter. */
function isScopeToken(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope);
}

function denied(scope: string | undefined): DomainError {
  return new DomainError('permission.denied', 'Not enough permissions', scope === undefined ? {} : { scope });
}

function foreignBusiness(): DomainError {
  return new DomainError('business.forbidden', 'Not enough permissions');
}
