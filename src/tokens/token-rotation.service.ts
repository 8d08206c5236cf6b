import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { demandAuthorityOver } from '../auth/principal.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { DomainError } from '../common/errors/domain-error.js';
import { newId } from '../common/new-id.js';
import { DatabaseClock } from '../revocation/database-clock.js';
import { mintHexSecret, mintSecret } from '../secrets/mint.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { coversAll } from '../verification/scopes.js';
import { boundBy, limitsOfCredential, type BoundTerms } from './credential-limits.js';
import { OwnerLookup } from './owner-lookup.js';
import { manageableTokens } from './token-access.js';
import { expiryOfReplacement } from './token-lifetime.js';
import { authorityOfHolder, type OwnerFilter } from './token-owner.js';
import { Idempotency } from './idempotency/idempotency.js';
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
   * The successor has the token's name, owner and scopes and lives as long from now as the token was given, but exceeds
   * the token that it is rotated with in nothing: one that rotates itself keeps its end and the uses it has left. Of
   * rotations at once, one succeeds. Resolves when every verifier knows the end of the grace.
   * @param graceSeconds how long the old secret stays good, never past its expiry; 0: not at all
   * @throws DomainError `token.not_found`, `token.not_active`, `permission.scope_not_grantable`; `permission.denied` for a
   * token of a higher authority
   */
  rotate(caller: BusinessCaller, tokenId: string, graceSeconds: number): Promise<RotatedToken> {
    return this.changes.makeEverywhere(caller, caller.businessId, (change) =>
      this.idempotency.once<RotatedToken>(
        caller,
        change,
        () => this.rotateIn(caller, tokenId, graceSeconds, change),
        async (successorId) => ({
          ...(await this.reissueIn(caller, successorId, change)),
          replaced: await this.demand(caller, tokenId, manageableTokens(caller), change.manager),
        }),
      ),
    );
  }

  /**
   * Gives a token that nobody has used yet a successor, for a caller that made it and never got its secret: the old one
   * ends at once, and the new one is what the old one was. What was used within the last flush of uses may not be known
   * to be.
   * @throws DomainError `token.secret_in_use`: somebody has it
   */
  async reissueIn(caller: BusinessCaller, tokenId: string, change: Change): Promise<IssuedToken> {
    const token = await this.tokens.find(caller.businessId, tokenId, null, change.manager);
    if (token === null || token.lastUsedAt !== null || token.uses > 0) throw secretInUse();
    change.waitsForVerifiers = true;
    const old = await this.held(caller, tokenId, null, change.manager);
    return this.replace(old, 0, termsOf(old), change).catch((error: unknown) => {
      throw error instanceof DomainError && error.code === 'token.not_active' ? secretInUse() : error;
    });
  }

  private async rotateIn(
    caller: BusinessCaller,
    tokenId: string,
    graceSeconds: number,
    change: Change,
  ): Promise<RotatedToken> {
    const { principal } = caller;
    const old = await this.held(caller, tokenId, manageableTokens(caller), change.manager);
    const limits = await limitsOfCredential(principal, this.tokens, change.manager);
    const expiresAt = expiryOfReplacement(old.createdAt, old.expiresAt, this.clock.nowMs());
    const terms = { ...boundBy(limits, { ...old, expiresAt }), issuedByToken: principal.token.id };
    return this.replace(old, graceSeconds, terms, change);
  }

  /** @throws DomainError `token.not_active` */
  private async replace(
    old: Token,
    graceSeconds: number,
    terms: SuccessorTerms,
    change: Change,
  ): Promise<RotatedToken> {
    const { manager } = change;
    const { businessId } = old;
    const id = newId();
    if ((await this.tokens.supersede(businessId, old.id, id, graceSeconds, manager)) === 0) {
      throw new DomainError('token.not_active', 'The token is revoked, expired or replaced already.');
    }
    const minted = old.dialect === 'vcita' ? mintHexSecret() : mintSecret(prefixOf(old.tokenPrefix));
    await this.tokens.insert(
      {
        id,
        ...inheritedFrom(old),
        ...terms,
        jti: minted.publicId,
        tokenPrefix: minted.preview,
        ...this.hasher.digestForStorage(minted.secret),
      },
      manager,
    );
    const replaced = (await this.tokens.find(businessId, old.id, null, manager)) as Token;
    const token = (await this.tokens.find(businessId, id, null, manager)) as Token;
    change.record({
      action: 'token.rotated',
      target: { kind: 'token', id: old.id },
      details: { replaced_by: id, grace_ends_at: replaced.graceEndsAt?.toISOString() ?? null },
    });
    return { secret: minted.secret, token, replaced };
  }

  private async demand(
    { businessId }: BusinessCaller,
    tokenId: string,
    among: OwnerFilter,
    manager: EntityManager,
  ): Promise<Token> {
    const token = await this.tokens.find(businessId, tokenId, among, manager);
    if (token === null) throw new DomainError('token.not_found', 'Resource not found');
    return token;
  }

  /**
   * The token as it is while its owner is held: what the successor inherits is not being taken away. Replacing it hands
   * out a secret of that owner, with these scopes: nobody gets what they lack.
   * @throws DomainError `token.not_found`, `permission.denied`, `permission.scope_not_grantable`
   */
  private async held(
    caller: BusinessCaller,
    tokenId: string,
    among: OwnerFilter,
    manager: EntityManager,
  ): Promise<Token> {
    const { businessId, principal } = caller;
    await this.owners.hold(businessId, await this.demand(caller, tokenId, among, manager), manager);
    const token = await this.demand(caller, tokenId, among, manager);
    demandAuthorityOver(principal, authorityOfHolder(token));
    if (principal.token.id !== tokenId && !coversAll(principal.scopes, token.scopes))
      throw new DomainError('permission.scope_not_grantable', 'Not enough permissions');
    return token;
  }
}

/** What becomes of a token's terms in its successor. */
type SuccessorTerms = BoundTerms & Pick<Token, 'issuedByToken'>;

/** Those of the token itself. */
function termsOf(token: Token): SuccessorTerms {
  const { expiresAt, expiresAtMax, trustedIps, ttlSeconds, maxTtlSeconds, usesLimit, issuedByToken } = token;
  return { expiresAt, expiresAtMax, trustedIps, ttlSeconds, maxTtlSeconds, usesLimit, issuedByToken };
}

function secretInUse(): DomainError {
  return new DomainError(
    'token.secret_in_use',
    'This call was made before, and its token has been used or ended since: its secret is not shown again.',
  );
}

/** What a successor has of its predecessor beside the terms, which the credential may bound. */
function inheritedFrom(old: Token) {
  const { businessId, ownerKind, memberId, identityId, name, description, dialect, scopes } = old;
  return { businessId, ownerKind, memberId, identityId, name, description, dialect, scopes };
}

/** The prefix inside a preview: all before its last underscore. */
function prefixOf(preview: string): string {
  return preview.slice(0, preview.lastIndexOf('_'));
}
