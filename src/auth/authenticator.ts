import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerSecretOf } from '../common/bearer-header.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable } from '../common/errors/driver-error.js';
import { undecidable, Verdicts } from '../verification/verdicts.js';
import type { Verdict } from '../verification/verdict.js';
import { principalOf, type Principal } from './principal.js';

/** Turns the bearer secret of a request into the principal it proves. */
@Injectable()
export class Authenticator {
  constructor(private readonly verdicts: Verdicts) {}

  /**
   * Synchronous when memory can tell, so that the fast path pays for no promise.
   * @throws DomainError `authentication.*`, or `service.unavailable` when it cannot be decided
   */
  authenticate(request: FastifyRequest): Principal | Promise<Principal> {
    const verdict = this.verdicts.of(bearerSecretOf(request.raw), { from: request.ip });
    return verdict instanceof Promise ? verdict.then(principalFrom, cannotTell) : principalFrom(verdict);
  }
}

function principalFrom(verdict: Verdict): Principal {
  if (verdict.active) return principalOf(verdict.token);
  if (verdict.reason === 'ip_not_allowed')
    throw new DomainError('permission.denied', 'Not enough permissions');
  throw new DomainError('authentication.invalid', 'Not authenticated', {
    details: { failure: verdict.reason },
  });
}

function cannotTell(error: unknown): never {
  throw isDatabaseUnavailable(error) ? undecidable(error) : error;
}
