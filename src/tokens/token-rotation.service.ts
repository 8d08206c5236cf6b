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
import { OwnerLookup } from './owner-lookup.js';
import { manageableTokens } from './token-access.js';
import { expiryOfReplacement } from './token-lifetime.js';
import type { IssuedToken } from './token-issuing.service.js';
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
      this.rotateIn(caller, tokenId, graceSeconds, change),
    );
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

  /** The token as it is while its owner is held: what the successor inherits is not being taken away. */
  private async held(caller: BusinessCaller, tokenId: string, manager: EntityManager): Promise<Token> {
    const { businessId } = caller;
    const find = () => this.tokens.find(businessId, tokenId, manageableTokens(caller), manager);
    const token = await find();
    if (token !== null) await this.owners.hold(businessId, token, manager);
    const held = token === null ? null : await find();
    if (held === null) throw new DomainError('token.not_found', 'Resource not found');
    return held;
  }
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
