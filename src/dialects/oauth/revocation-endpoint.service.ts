import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedRequest } from '../../auth/authenticated-request.js';
import { callerOf, requestFactsOf, type Caller } from '../../auth/caller.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { policyConfig } from '../../config/policy.config.js';
import { askerOf } from '../../verification/presentation.js';
import { RevocationBySecretService } from '../../revocations/revocation-by-secret.service.js';
import { TokenRevocationService } from '../../revocations/token-revocation.service.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { formOf, tokenOf } from '../../common/http/form.js';
import { OAuthClients } from './oauth-clients.js';

/** The reason in the log if an authenticated client asked. */
const REASON = 'revoked over OAuth';

/** RFC 7009. */
@Injectable()
export class RevocationEndpointService {
  constructor(
    private readonly clients: OAuthClients,
    private readonly demands: ScopeDemands,
    private readonly bySecret: RevocationBySecretService,
    private readonly revocations: TokenRevocationService,
    private readonly tokens: TokensService,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /**
   * Revokes the token in the form. Resolves in the same way for a token that is revoked now, was revoked before, is
   * unknown, or is not the client's (RFC 7009 §2.2). In the first two cases it resolves when no verifier can answer
   * "active" any more (R1).
   * @throws DomainError for an invalid request or client, or if it could not be done and the token must be assumed
   * to be active
   */
  async revokeOAuthToken(request: FastifyRequest): Promise<void> {
    const form = formOf(request);
    const byPossession = this.policy.revokeByPossession;
    if (byPossession && !this.clients.presentsCredential(request, form)) {
      await this.bySecret.revokeBySecret(tokenOf(form), requestFactsOf(request));
      return;
    }
    const principal = await this.clients.authenticate(request, form);
    (request as AuthenticatedRequest).user = principal;
    const caller = callerOf(request as AuthenticatedRequest);
    await (byPossession
      ? this.revokeForHolder(caller, tokenOf(form))
      : this.revokeForClient(caller, tokenOf(form)));
  }

  /**
   * The client has the secret, and that is sufficient; the log names the client if the token belongs to its
   * business.
   */
  private async revokeForHolder(caller: Caller, secret: string): Promise<void> {
    const token = await this.bySecret.find(secret, askerOf(caller.principal.businessId, 'proof'));
    if (token === null) return;
    const businessId = token.business?.id ?? null;
    const { principal } = caller;
    if (principal.businessId !== null && principal.businessId !== businessId) {
      await this.bySecret.revokeBySecret(secret, caller.request);
      return;
    }
    await this.revocations.revokeById(businessId, token.id, caller, REASON);
  }

  /** Possession alone is not enough here: the client must be allowed to revoke the token by its id. */
  private async revokeForClient(caller: Caller, secret: string): Promise<void> {
    const { principal } = caller;
    const token = await this.bySecret.find(secret, askerOf(principal.businessId, 'proof'));
    // Checked before anything depends on the token, so that the answer reveals nothing about it (R6).
    if (token?.id !== principal.token.id) this.demands.demand(principal, 'rescind:tokens:write');
    if (token === null) return;
    const businessId = token.business?.id ?? null;
    if (businessId === null) {
      if (principal.businessId === null) await this.revocations.revokeById(null, token.id, caller, REASON);
      return;
    }
    if (principal.businessId !== null && principal.businessId !== businessId) return;
    try {
      await this.tokens.revokeAsCaller({ ...caller, businessId }, token.id, REASON);
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'token.not_found')) throw error;
    }
  }
}
