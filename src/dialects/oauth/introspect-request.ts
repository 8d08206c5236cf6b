import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { BUSINESS_HEADER } from '../../auth/business-header.js';
import { BusinessGuard } from '../../auth/callers-business.guard.js';
import type { Principal } from '../../auth/principal.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
import { askerOf } from '../../verification/presentation.js';
import type { Verdict } from '../../verification/verdict.js';
import { Verdicts } from '../../verification/verdicts.js';
import { formOf, tokenOf } from '../../common/http/form.js';
import { OAuthClients } from './oauth-clients.js';

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
