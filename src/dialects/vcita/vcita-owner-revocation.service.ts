import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { IdentitiesRepository } from '../../directory/identities/identities.repository.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { manageableTokens, narrowedTo } from '../../token-rows/token-access.js';
import type { TokensOf } from '../../revocations/revocations.repository.js';
import { TokenRevocationService } from '../../revocations/token-revocation.service.js';

const REASON = 'all tokens of the owner revoked';

/** Revokes all tokens of a user (member), an app (identity) or the directory (platform). */
@Injectable()
export class VcitaOwnerRevocationService {
  constructor(
    private readonly members: MembersRepository,
    private readonly demands: ScopeDemands,
    private readonly identities: IdentitiesRepository,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
  ) {}

  /**
   * Revokes them in one transaction, expired ones included; resolves when every verifier refuses them (R1). The owner
   * stays, and may be issued new ones.
   * @returns the ids of what this call revoked
   * @throws DomainError `permission.denied`; `member.not_found`, `identity.not_found`; `request.invalid` for an owner
   * in no business
   */
  async revokeVcitaTokensOf(caller: Caller, owner: TokensOf): Promise<string[]> {
    const { principal, businessId } = caller;
    this.demands.demand(principal, 'rescind:tokens:write');
    if ('platform' in owner) return this.revokeDirectory(caller);
    if (businessId === null)
      throw new DomainError(
        'request.invalid',
        'The business of the app or user is needed: the x-on-behalf-of header.',
      );
    // Checked before any owner is looked up, so that the answer reveals nothing about them.
    if (narrowedTo(owner, manageableTokens({ ...caller, businessId })) !== owner)
      throw refusal('permission.denied');
    return this.changes.endEverywhere(caller, businessId, async (change) => {
      await this.hold(businessId, owner, change);
      return this.revocations.revokeAllOf(businessId, owner, caller, REASON, change);
    });
  }

  /**
   * The platform's tokens in the business; outside all businesses, those that this dialect created. Operators revoke
   * their own tokens one by one.
   */
  private revokeDirectory(caller: Caller): Promise<string[]> {
    const { principal, businessId } = caller;
    if (principal.businessId !== null)
      throw refusal('permission.denied', { scope: 'rescind:platform:admin' });
    const tokens: TokensOf = businessId === null ? { platform: true, dialect: 'vcita' } : { platform: true };
    return this.changes.endEverywhere(caller, businessId, (change) =>
      this.revocations.revokeAllOf(businessId, tokens, caller, REASON, change),
    );
  }

  /** Waits for whoever is issuing to the owner at this moment, so that the new token is found too. */
  private async hold(
    businessId: string,
    owner: Exclude<TokensOf, { platform: true }>,
    { manager }: Change,
  ): Promise<void> {
    if ('memberId' in owner) {
      const by = { id: owner.memberId };
      if ((await this.members.lockPresent(businessId, by, 'exclusive', manager)) === null)
        throw refusal('member.not_found');
    } else if ((await this.identities.lock(businessId, owner.identityId, 'exclusive', manager)) === null) {
      throw refusal('identity.not_found');
    }
  }
}
