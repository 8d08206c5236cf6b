import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { BUSINESS_HEADER } from '../../auth/business-header.js';
import { BusinessGuard } from '../../auth/business.guard.js';
import type { Principal } from '../../auth/principal.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
import { askerOf } from '../../verification/presentation.js';
import type { Verdict } from '../../verification/verdict.js';
import { Verdicts } from '../../verification/verdicts.js';
import { formOf, tokenOf } from '../../common/http/form.js';
import { OAuthClients } from './oauth-clients.js';
import { Authenticator } from '../../auth/authenticator.js';
import type { CachedResponse, FastPath } from '../../common/http/fast-paths.js';
import { policyConfig } from '../../config/policy.config.js';
import { covers } from '../../verification/scopes.js';
import { TokenUsage } from '../../verification/usage/token-usage.js';
import { VerdictCounter } from '../../verification/verdict-counter.js';
import { activeIntrospection } from './introspection-answer.js';
import { Issuer } from '../../common/http/issuer.js';

/** Only a token, or also the hint, which has no effect; no character of it needs decoding. */
const PLAIN_FORM = /^token=([A-Za-z0-9_-]+)(?:&token_type_hint=access_token)?$/;

/**
 * An active token and the bearer token of the caller, both in memory: the steps of IntrospectRequest, if none
 * refuses.
 */
@Injectable()
export class IntrospectFastPath implements FastPath {
  readonly path = '/oauth/introspect';
  readonly contentType = /^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly verdicts: Verdicts,
    private readonly counter: VerdictCounter,
    private readonly usage: TokenUsage,
    private readonly issuer: Issuer,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  answer(request: IncomingMessage, body: string): CachedResponse | null {
    const secret = PLAIN_FORM.exec(body)?.[1];
    const issuer = this.issuer.ofUnread(request);
    const leasedAtMs = this.verdicts.leasedNow();
    if (secret === undefined || issuer === null || leasedAtMs === null) return null;
    const caller = this.authenticator.authenticateCached(request, leasedAtMs);
    if (caller === null || !covers(caller.scopes, 'rescind:tokens:verify')) return null;
    const named = request.headers[BUSINESS_HEADER];
    if (
      typeof named === 'object' ||
      (caller.businessId !== null && named !== undefined && named !== caller.businessId)
    )
      return null;
    // The platform may ask in every existing business: if it names the token's own, that one exists.
    const within = caller.businessId ?? named;
    const presentation = within === undefined ? { from: null } : { from: null, within };
    const token = this.verdicts.verifyCached(secret, presentation, leasedAtMs);
    if (token === null) return null;
    this.counter.countOutcome('active');
    this.authenticator.noteCached(caller, request, 'rescind:tokens:verify', leasedAtMs);
    this.usage.note(token, 'active', presentation, leasedAtMs);
    return activeIntrospection(token, issuer, this.policy.introspectionSeconds);
  }
}

/**
 * The steps of an introspection (RFC 7662 §2): who asks, with which scope, for which business, about what. Called
 * one after the other, without guards and pipes, for the reason that VerifyRequest gives.
 */
@Injectable()
export class IntrospectRequest {
  constructor(
    private readonly clients: OAuthClients,
    private readonly demands: ScopeDemands,
    private readonly businesses: BusinessGuard,
    private readonly verdicts: Verdicts,
  ) {}

  /** @throws DomainError */
  async verdict(request: FastifyRequest): Promise<Verdict> {
    const form = formOf(request);
    const principal = await this.clients.authenticate(request, form);
    // For the recorder of denials, which reads what the guards would have set.
    (request as AuthenticatedRequest).user = principal;
    this.demands.demand(principal, 'rescind:tokens:verify');
    const token = tokenOf(form);
    const from = form.ip !== undefined && isIP(form.ip) !== 0 ? form.ip : null;
    const within = await this.visibleTo(principal, request);
    const asked = {
      asker: askerOf(principal.businessId),
      from,
      userAgent: form.user_agent,
      use: 'introspect' as const,
    };
    return this.verdicts.verify(token, within === undefined ? asked : { ...asked, within });
  }

  /** The business whose tokens exist for the caller: its own, or for the platform the one it names, or all. */
  private visibleTo(principal: Principal, request: FastifyRequest): string | Promise<string> | undefined {
    if (request.headers[BUSINESS_HEADER] !== undefined) return this.businesses.bind(request, principal);
    return principal.businessId ?? undefined;
  }
}
