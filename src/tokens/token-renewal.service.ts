import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RequestFacts } from '../audit/trail/audit-draft.js';
import { auditContextOf, principalOf } from '../auth/principal.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { Turns } from '../admission/turns.js';
import { proofFrom } from '../verification/presentation.js';
import { RefusedUses } from '../verification/refused-uses.js';
import type { TokenFacts } from '../verification/token-facts.js';
import { isTrustedAddress } from '../verification/trusted-ips.js';
import type { InactiveReason } from '../verification/verdict.js';
import { RenewalsRepository } from './renewals.repository.js';
import { RevocationBySecretService } from '../revocations/revocation-by-secret.service.js';
import { TokensRepository } from './tokens.repository.js';
import type { Token } from '../token-rows/token.entity.js';

interface RenewedToken {
  token: Token;
  /** Seconds from now to the new expiry; null: it never expires. */
  secondsLeft: number | null;
}

/** Lets the holder of a secret extend its token's expiry, as far as the terms of the token allow. */
@Injectable()
export class TokenRenewalService {
  constructor(
    private readonly renewals: RenewalsRepository,
    private readonly secrets: RevocationBySecretService,
    private readonly tokens: TokensRepository,
    private readonly changes: Changes,
    private readonly turns: Turns,
    private readonly refused: RefusedUses,
  ) {}

  /**
   * Renews the token for its TTL from now, never past its creation plus its maximum TTL. This does not count as a use.
   * Resolves when every verifier knows the new expiry.
   * @throws DomainError `authentication.invalid` (with the failure, as named by a verdict) for a token that is not
   *   active; `token.not_renewable` when it was issued without a TTL or its maximum is reached; `permission.denied` from
   *   an address that it is not bound to
   */
  async renew(secret: string, request: RequestFacts): Promise<RenewedToken> {
    const facts = await this.secrets.find(secret, proofFrom(request.ip));
    if (facts === null) return refuse(this.secrets.isWellFormed(secret) ? 'unknown' : 'malformed');
    try {
      return await this.renewFor(facts, request);
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== null) this.refused.note(facts, failure, { from: request.ip, use: 'renewal' });
      throw error;
    }
  }

  private async renewFor(facts: TokenFacts, request: RequestFacts): Promise<RenewedToken> {
    if (facts.revoked || !facts.owner.present) return refuse('revoked');
    if (facts.business?.suspended === true) return refuse('suspended');
    if (facts.trustedIps !== null && !isTrustedAddress(request.ip ?? '', facts.trustedIps))
      throw refusal('permission.denied');
    const businessId = facts.business?.id ?? null;
    const author = auditContextOf(principalOf(facts), request);
    // The route has no guard, so no principal was proven.
    return this.turns.run('management', businessId, () =>
      this.changes.make(author, businessId, 'wait', (change) => this.renewIn(facts, change)),
    );
  }

  private async renewIn(facts: TokenFacts, change: Change): Promise<RenewedToken> {
    const { manager } = change;
    const businessId = facts.business?.id ?? null;
    const find = (): Promise<Token | null> => this.tokens.find(businessId, facts.id, null, manager);
    // The log is locked, so nobody else changes the expiry meanwhile.
    const before = await find();
    const secondsLeft = await this.renewals.renew(facts.id, manager);
    if (secondsLeft === undefined) return this.explain(facts.id, manager);
    const token = (await find()) as Token;
    change.record({
      action: 'token.renewed',
      target: { kind: 'token', id: token.id },
      details: {
        expires_at_before: before?.expiresAt?.toISOString() ?? null,
        expires_at_after: token.expiresAt?.toISOString() ?? null,
      },
    });
    return { token, secondsLeft };
  }

  private async explain(tokenId: string, manager: EntityManager): Promise<never> {
    const reason = await this.renewals.whyNotRenewed(tokenId, manager);
    if (reason !== null) return refuse(reason);
    throw refusal('token.not_renewable');
  }
}

/** Why the holder of the secret was refused; null: not because of the token. */
function failureOf(error: unknown): string | null {
  if (!(error instanceof DomainError)) return null;
  if (error.code === 'permission.denied') return 'ip_not_allowed';
  const failure = error.facts.details?.failure;
  return error.code === 'authentication.invalid' && typeof failure === 'string' ? failure : null;
}

function refuse(failure: InactiveReason): never {
  throw refusal('authentication.invalid', { details: { failure } });
}
