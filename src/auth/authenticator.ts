import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerSecretOf } from '../common/bearer-header.js';
import { sessionSecretOf } from '../common/session-secret.js';
import { clientAddressReader } from '../common/http/client-key.js';
import { refusal } from '../common/errors/domain-error.js';
import { isDatabaseUnavailable } from '../common/errors/driver-error.js';
import type { ManagementScope } from '../verification/scopes.js';
import { undecidable, Verdicts } from '../verification/verdicts.js';
import { TokenUsage } from '../verification/usage/token-usage.js';
import type { Verdict } from '../verification/verdict.js';
import { CrossSiteWall } from './cross-site-wall.js';
import { Rates } from '../admission/rates.js';
import { PresentedSecrets } from './presented-secrets.js';
import { principalOf, type Principal } from './principal.js';

/** What a call of our own takes is said where it is demanded: ScopeDemands. */
const NEEDED_LATER: readonly string[] = [];

/** Turns the secret of a request into the principal it proves. */
@Injectable()
export class Authenticator {
  private readonly addressOf = clientAddressReader();

  constructor(
    private readonly verdicts: Verdicts,
    private readonly presented: PresentedSecrets,
    private readonly rates: Rates,
    private readonly usage: TokenUsage,
    private readonly wall: CrossSiteWall,
  ) {}

  /**
   * The principal that the bearer secret proves, or, where there is no Authorization header, the session in the cookie.
   * @throws DomainError `authentication.*`; `session.cross_site` for a change by a session that no page of our own asks
   *   for; `service.unavailable` when it cannot be decided, or `request.rate_limited`
   *   instead of a refusal if this address has had too many
   */
  async authenticate(request: FastifyRequest): Promise<Principal> {
    return this.prove(request, false);
  }

  /**
   * As `authenticate`, for a request that was admitted before and takes long: it does not count as another use of the
   * token. Synchronous if the memory can answer: what the caller does in the same step is done while the token is
   * active.
   */
  authenticateAgain(request: FastifyRequest): Principal | Promise<Principal> {
    return this.prove(request, true);
  }

  private prove(request: FastifyRequest, isRepeated: boolean): Principal | Promise<Principal> {
    const inCookie = sessionSecretOf(request);
    if (inCookie !== null) this.wall.demand(request);
    const verdict = this.presented.verdictOn(inCookie ?? bearerSecretOf(request.raw), {
      inCookie: inCookie !== null,
      from: request.ip,
      userAgent: request.headers['user-agent'],
      use: 'call',
      scopes: NEEDED_LATER,
      connection: request.raw.socket,
      isRepeated,
    });
    return verdict instanceof Promise
      ? verdict.then((late) => this.principalFrom(late, request), cannotTell)
      : this.principalFrom(verdict, request);
  }

  /**
   * The principal that the bearer secret proves, if the memory alone can tell. null is no answer: ask `authenticate`
   * then; nothing has been changed. A caller that answers must call `noteCached`.
   * @param leasedAtMs see Verdicts
   * @throws DomainError `authentication.*` when there is no bearer secret
   */
  authenticateCached(request: IncomingMessage, leasedAtMs: number): Principal | null {
    const presentation = { from: null, connection: request.socket };
    const token = this.verdicts.verifyCached(bearerSecretOf(request), presentation, leasedAtMs);
    return token === null ? null : principalOf(token);
  }

  /**
   * Notes the use of the token that `authenticateCached` found, when its request is answered, and the scope that it
   * needed.
   */
  noteCached(
    { token }: Principal,
    request: IncomingMessage,
    scope: ManagementScope,
    leasedAtMs: number,
  ): void {
    const from = this.addressOf(request);
    const presented = { from, userAgent: request.headers['user-agent'], scopes: [scope] };
    this.usage.note(token, 'active', presented, leasedAtMs);
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
    const userAgent = request.headers['user-agent'];
    const presented = { from: request.ip, userAgent, use: 'call' as const, scopes: NEEDED_LATER };
    const asked = this.presented.verdictOn(secret, presented);
    const verdict = await Promise.resolve(asked).catch(cannotTell);
    const { owner } = verdict.active ? verdict.token : { owner: null };
    if (owner !== null && (owner.kind !== 'identity' || owner.id !== identityId.toLowerCase()))
      return this.refuse('unknown', request, 'basic');
    return this.principalFrom(verdict, request, 'basic');
  }

  private principalFrom(verdict: Verdict, request: FastifyRequest, scheme?: 'basic'): Principal {
    if (verdict.active) return principalOf(verdict.token);
    if (verdict.reason === 'ip_not_allowed') throw refusal('permission.denied');
    return this.refuse(verdict.reason, request, scheme);
  }

  private refuse(failure: string, request: FastifyRequest, scheme?: 'basic'): never {
    if (isGuess(failure)) this.rates.demand('failed-authentications', request.ip);
    throw refusal('authentication.invalid', {
      details: { failure },
      ...(scheme === undefined ? {} : { scheme }),
    });
  }
}

/** Only strings that were never secrets are counted: continuing to use a revoked secret is not guessing. */
export function isGuess(failure: string): boolean {
  return failure === 'unknown' || failure === 'malformed';
}

function cannotTell(error: unknown): never {
  throw isDatabaseUnavailable(error) ? undecidable(error) : error;
}
