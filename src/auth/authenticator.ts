import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerSecretOf } from '../common/bearer-header.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable } from '../common/errors/driver-error.js';
import { undecidable, Verdicts } from '../verification/verdicts.js';
import type { Verdict } from '../verification/verdict.js';
import { FailedAuthentications } from './failed-authentications.js';
import { PresentedSecrets } from './presented-secrets.js';
import { principalOf, type Principal } from './principal.js';

/** Turns the secret of a request into the principal it proves. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly verdicts: Verdicts,
    private readonly presented: PresentedSecrets,
    private readonly failures: FailedAuthentications,
  ) {}

  /**
   * The principal that the bearer secret proves. Synchronous when memory can tell, so that the fast path pays for
   * no promise.
   * @throws DomainError `authentication.*`, `service.unavailable` when it cannot be decided, or
   * `request.rate_limited` in place of a refusal when this address has had too many
   */
  authenticate(request: FastifyRequest): Principal | Promise<Principal> {
    return this.prove(request, false);
  }

  /** As `authenticate`, for a request that was let in before and takes long: it is no further use of the token. */
  authenticateAgain(request: FastifyRequest): Principal | Promise<Principal> {
    return this.prove(request, true);
  }

  private prove(request: FastifyRequest, isRepeated: boolean): Principal | Promise<Principal> {
    const verdict = this.presented.verdictOn(bearerSecretOf(request.raw), {
      from: request.ip,
      connection: request.raw.socket,
      isRepeated,
    });
    return verdict instanceof Promise
      ? verdict.then((late) => this.principalFrom(late, request), cannotTell)
      : this.principalFrom(verdict, request);
  }

  /**
   * The principal that the bearer secret proves, if memory alone can tell; null says nothing: ask
   * `authenticate`, which then finds everything as it was.
   * @param leasedAtMs see Verdicts
   * @throws DomainError `authentication.*` when there is no bearer secret
   */
  fromMemory(request: IncomingMessage, leasedAtMs: number): Principal | null {
    const presentation = { from: null, connection: request.socket };
    const token = this.verdicts.fromMemory(bearerSecretOf(request), presentation, leasedAtMs);
    return token === null ? null : principalOf(token);
  }

  /**
   * The identity with this id, proven by one of its secrets: the client id and secret of HTTP Basic (RFC 6749
   * §2.3.1). An identity that does not exist and one that has no such secret are refused alike.
   * @throws DomainError as `authenticate`, with the scheme `basic`
   */
  async authenticateIdentity(
    identityId: string,
    secret: string,
    request: FastifyRequest,
  ): Promise<Principal> {
    const asked = this.presented.verdictOn(secret, { from: request.ip });
    const verdict = await Promise.resolve(asked).catch(cannotTell);
    const { owner } = verdict.active ? verdict.token : { owner: null };
    if (owner !== null && (owner.kind !== 'identity' || owner.id !== identityId.toLowerCase()))
      return this.refuse('unknown', request, 'basic');
    return this.principalFrom(verdict, request, 'basic');
  }

  private principalFrom(verdict: Verdict, request: FastifyRequest, scheme?: 'basic'): Principal {
    if (verdict.active) return principalOf(verdict.token);
    if (verdict.reason === 'ip_not_allowed')
      throw new DomainError('permission.denied', 'Not enough permissions');
    return this.refuse(verdict.reason, request, scheme);
  }

  private refuse(failure: string, request: FastifyRequest, scheme?: 'basic'): never {
    if (isGuess(failure)) this.failures.note(request.ip);
    throw new DomainError('authentication.invalid', 'Not authenticated', {
      details: { failure },
      ...(scheme === undefined ? {} : { scheme }),
    });
  }
}

/** Only what was never a secret is counted: whoever goes on with a revoked one guesses nothing. */
export function isGuess(failure: string): boolean {
  return failure === 'unknown' || failure === 'malformed';
}

function cannotTell(error: unknown): never {
  throw isDatabaseUnavailable(error) ? undecidable(error) : error;
}
