import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RequestFacts } from '../audit/trail/audit-draft.js';
import { authorOf, principalOf } from '../auth/principal.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { DomainError } from '../common/errors/domain-error.js';
import { ManagementAdmission } from '../database/management-admission.js';
import { queryPreparedIn } from '../database/prepared.js';
import type { TokenFacts } from '../verification/token-facts.js';
import { isTrustedAddress } from '../verification/trusted-ips.js';
import type { InactiveReason } from '../verification/verdict.js';
import { RENEW_TOKEN, WHY_NOT_RENEWED, type RenewedRow } from './renew-token.sql.js';
import { RevocationBySecretService } from './revocation-by-secret.service.js';
import { TokensRepository } from './tokens.repository.js';
import type { Token } from './token.entity.js';

export interface RenewedToken {
  token: Token;
  /** Seconds from now to the new expiry; null: it never expires. */
  secondsLeft: number | null;
}

/** Lets whoever holds a secret put off its token's expiry, as far as the token was given leave to when it was issued. */
@Injectable()
export class TokenRenewalService {
  constructor(
    private readonly secrets: RevocationBySecretService,
    private readonly tokens: TokensRepository,
    private readonly changes: Changes,
    private readonly admission: ManagementAdmission,
  ) {}

  /**
   * The same token, good for its TTL from now, never past its creation plus its maximum TTL. Not a use of it.
   * Resolves when every verifier knows the new expiry.
   * @throws DomainError `authentication.invalid` (with the failure, as a verdict names it) for what is not good now;
   * `token.not_renewable` when it was issued without a TTL or its maximum is reached; `permission.denied` from an
   * address it is not bound to
   */
  async renew(secret: string, request: RequestFacts): Promise<RenewedToken> {
    const facts = await this.secrets.find(secret);
    if (facts === null) return refuse(this.secrets.isWellFormed(secret) ? 'unknown' : 'malformed');
    if (facts.revoked || !facts.owner.present) return refuse('revoked');
    if (facts.business?.suspended === true) return refuse('suspended');
    if (facts.trustedIps !== null && !isTrustedAddress(request.ip ?? '', facts.trustedIps))
      throw new DomainError('permission.denied', 'Not enough permissions');
    const businessId = facts.business?.id ?? null;
    const author = authorOf(principalOf(facts), request);
    // The route has no guard, and so nothing that let it in.
    return this.admission.run(businessId ?? 'platform', () =>
      this.changes.makeEverywhere(author, businessId, (change) => this.renewIn(facts, change)),
    );
  }

  private async renewIn(facts: TokenFacts, change: Change): Promise<RenewedToken> {
    const { manager } = change;
    const [row] = await queryPreparedIn<RenewedRow>(manager, RENEW_TOKEN, [facts.id]);
    if (row === undefined) return this.explain(facts.id, manager);
    const businessId = facts.business?.id ?? null;
    const token = (await this.tokens.find(businessId, facts.id, null, manager)) as Token;
    change.record({
      action: 'token.renewed',
      target: { kind: 'token', id: token.id },
      details: { expires_at: token.expiresAt?.toISOString() ?? null },
    });
    return { token, secondsLeft: row.seconds_left };
  }

  private async explain(tokenId: string, manager: EntityManager): Promise<never> {
    const [row] = await queryPreparedIn<{ reason: InactiveReason | null }>(manager, WHY_NOT_RENEWED, [
      tokenId,
    ]);
    if (row?.reason != null) return refuse(row.reason);
    throw new DomainError(
      'token.not_renewable',
      'The token has reached its maximum TTL, or has no TTL to renew.',
    );
  }
}

function refuse(failure: InactiveReason): never {
  throw new DomainError('authentication.invalid', 'Not authenticated', { details: { failure } });
}
