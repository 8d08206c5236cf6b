import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerSecretOf } from '../common/bearer-header.js';
import { DomainError } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable } from '../common/errors/driver-error.js';
import { undecidable, Verdicts } from '../verification/verdicts.js';
import type { Verdict } from '../verification/verdict.js';
import { FailedAuthentications } from './failed-authentications.js';
import { principalOf, type Principal } from './principal.js';

/** Turns the secret of a request into the principal it proves. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly verdicts: Verdicts,
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
    const verdict = this.verdicts.of(bearerSecretOf(request.raw), {
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
    const verdict = await Promise.resolve(this.verdicts.of(secret, { from: request.ip })).catch(cannotTell);
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

  /** Only what was never a secret is counted: whoever goes on with a revoked one guesses nothing. */
  private refuse(failure: string, request: FastifyRequest, scheme?: 'basic'): never {
    if (failure === 'unknown' || failure === 'malformed') this.failures.note(request.ip);
    throw new DomainError('authentication.invalid', 'Not authenticated', {
      details: { failure },
      ...(scheme === undefined ? {} : { scheme }),
    });
  }
}

function cannotTell(error: unknown): never {
  throw isDatabaseUnavailable(error) ? undecidable(error) : error;
}
