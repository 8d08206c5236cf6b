import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { DomainError } from '../common/errors/domain-error.js';
import { newId } from '../common/new-id.js';
import { DatabaseClock } from '../revocation/database-clock.js';
import { mintHexSecret, mintSecret } from '../secrets/mint.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { coversAll } from '../verification/scopes.js';
import { Idempotency } from './idempotency/idempotency.js';
import { OwnerLookup } from './owner-lookup.js';
import { manageableTokens } from './token-access.js';
import { expiryOfReplacement } from './token-lifetime.js';
import type { IssuedToken } from './issued-token.js';
import { TokensRepository } from './tokens.repository.js';
import type { Token } from './token.entity.js';

export interface RotatedToken extends IssuedToken {
  replaced: Token;
}

/** Replaces a token's secret by issuing its successor; the old secret stays good for a grace. */
@Injectable()
export class TokenRotationService {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly owners: OwnerLookup,
    private readonly hasher: SecretHasher,
    private readonly changes: Changes,
    private readonly idempotency: Idempotency,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * The successor has the token's name, owner and scopes and lives as long from now as the token was given. Of
   * rotations at once, one succeeds. Resolves when every verifier knows the end of the grace.
   * @param graceSeconds how long the old secret stays good, never past its expiry; 0: not at all
   * @throws DomainError `token.not_found`, `token.not_active`, `permission.scope_not_grantable`
   */
  rotate(caller: BusinessCaller, tokenId: string, graceSeconds: number): Promise<RotatedToken> {
    return this.changes.makeEverywhere(caller, caller.businessId, (change) =>
      this.idempotency.once<RotatedToken>(
        caller,
        change,
        () => this.rotateIn(caller, tokenId, graceSeconds, change),
        async (successorId) => ({
          ...(await this.reissueIn(caller, successorId, change)),
          replaced: await this.demand(caller, tokenId, change.manager),
        }),
      ),
    );
  }

  /**
   * Gives a token that nobody has used yet a successor, for a caller that never got its secret: the old one ends at
   * once. What was used within the last flush of uses may not be known to be.
   * @throws DomainError `token.secret_in_use`: somebody has it
   */
  async reissueIn(caller: BusinessCaller, tokenId: string, change: Change): Promise<IssuedToken> {
    const token = await this.tokens.find(caller.businessId, tokenId, null, change.manager);
    if (token === null || token.lastUsedAt !== null || token.uses > 0) throw secretInUse();
    change.waitsForVerifiers = true;
    return this.rotateIn(caller, tokenId, 0, change).catch((error: unknown) => {
      throw error instanceof DomainError && error.code === 'token.not_active' ? secretInUse() : error;
    });
  }

  private async rotateIn(
    caller: BusinessCaller,
    tokenId: string,
    graceSeconds: number,
    change: Change,
  ): Promise<RotatedToken> {
    const { businessId, principal } = caller;
    const { manager } = change;
    const old = await this.held(caller, tokenId, manager);
    // Rotating hands out a secret with these scopes: nobody gets what they lack.
    if (principal.token.id !== tokenId && !coversAll(principal.scopes, old.scopes)) {
      throw new DomainError('permission.scope_not_grantable', 'Not enough permissions');
    }
    const id = newId();
    if ((await this.tokens.supersede(businessId, tokenId, id, graceSeconds, manager)) === 0) {
      throw new DomainError('token.not_active', 'The token is revoked, expired or replaced already.');
    }
    const minted = old.dialect === 'vcita' ? mintHexSecret() : mintSecret(prefixOf(old.tokenPrefix));
    await this.tokens.insert(
      {
        ...copyOf(old),
        id,
        jti: minted.publicId,
        tokenPrefix: minted.preview,
        ...this.hasher.digestForStorage(minted.secret),
        expiresAt: expiryOfReplacement(old.createdAt, old.expiresAt, this.clock.nowMs()),
      },
      manager,
    );
    const replaced = (await this.tokens.find(businessId, tokenId, null, manager)) as Token;
    const token = (await this.tokens.find(businessId, id, null, manager)) as Token;
    change.record({
      action: 'token.rotated',
      target: { kind: 'token', id: tokenId },
      details: { replaced_by: id, grace_ends_at: replaced.graceEndsAt?.toISOString() ?? null },
    });
    return { secret: minted.secret, token, replaced };
  }

  private async demand(caller: BusinessCaller, tokenId: string, manager: EntityManager): Promise<Token> {
    const token = await this.tokens.find(caller.businessId, tokenId, manageableTokens(caller), manager);
    if (token === null) throw new DomainError('token.not_found', 'Resource not found');
    return token;
  }

  /** The token as it is while its owner is held: what the successor inherits is not being taken away. */
  private async held(caller: BusinessCaller, tokenId: string, manager: EntityManager): Promise<Token> {
    const { businessId } = caller;
    await this.owners.hold(businessId, await this.demand(caller, tokenId, manager), manager);
    return this.demand(caller, tokenId, manager);
  }
}

function secretInUse(): DomainError {
  return new DomainError(
    'token.secret_in_use',
    'This call was made before, and its token has been used or ended since: its secret is not shown again.',
  );
}

/** What a successor inherits. */
function copyOf(old: Token) {
  const {
    businessId,
    ownerKind,
    memberId,
    identityId,
    name,
    description,
    dialect,
    scopes,
    trustedIps,
    ttlSeconds,
    maxTtlSeconds,
    usesLimit,
  } = old;
  return {
    businessId,
    ownerKind,
    memberId,
    identityId,
    name,
    description,
    dialect,
    scopes,
    trustedIps,
    ttlSeconds,
    maxTtlSeconds,
    usesLimit,
  };
}

/** The prefix inside a preview: all before its last underscore. */
function prefixOf(preview: string): string {
  return preview.slice(0, preview.lastIndexOf('_'));
}
