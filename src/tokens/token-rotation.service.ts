import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { demandAuthorityOver } from '../auth/principal.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { claimOnToken, orRefusal, type SharedItem, type SharedWork } from '../changes/shared-work.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { newId } from '../common/new-id.js';
import { sessionOf } from '../database/prepared.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { mintHexSecret, mintSecret } from '../secrets/mint.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { coversAll } from '../verification/scopes.js';
import { boundBy, type BoundTerms, limitsOfCredentials } from './credential-limits.js';
import { givenBy } from './grantable-scopes.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { birthOf, type IssuedToken, madeFrom, rowOf, type TokenDraft } from './token-draft.js';
import { type IssuingPolicy, underPolicy } from './lifetime-policy.js';
import { OwnersRepository } from './owners.repository.js';
import { manageableTokens } from '../token-rows/token-access.js';
import { expiryOfReplacement } from '../token-rows/token-lifetime.js';
import { changeMoment } from '../token-rows/token-line.js';
import { isOwnedBy, authorityOfHolder, type OwnerFilter, ownerOf } from '../token-rows/token-owner.js';
import type { Token } from '../token-rows/token.entity.js';
import { labelsOf } from '../token-schema/derived.js';
import { TokensRepository } from './tokens.repository.js';

/** The terms of the successor of a token. */
type SuccessorTerms = BoundTerms & Pick<Token, 'issuedByToken'>;

/** Those of the token itself. */
function termsOf(token: Token): SuccessorTerms {
  const { expiresAt, expiresAtMax, trustedIps, ttlSeconds, maxTtlSeconds, usesLimit, issuedByToken } = token;
  return { expiresAt, expiresAtMax, trustedIps, ttlSeconds, maxTtlSeconds, usesLimit, issuedByToken };
}

/** What a successor inherits besides the terms, which the credential may limit. */
function inheritedFrom(old: Token) {
  const { businessId, ownerKind, memberId, identityId, dialect, scopes, issuedTo } = old;
  return { businessId, ownerKind, memberId, identityId, ...labelsOf(old), dialect, scopes, issuedTo };
}

/** @throws DomainError `token.not_found` */
function demandToken(token: Token | null): Token {
  if (token === null) throw refusal('token.not_found');
  return token;
}

/**
 * Replacing a token gives the caller a secret of its owner with its scopes, so the caller must have these rights, or be allowed to give them.
 * @throws DomainError `token.not_found`, `permission.denied`, `permission.scope_not_grantable`
 */
function demandReplaceable(
  { principal }: BusinessCaller,
  found: Token | null,
  among: OwnerFilter,
  developerScopes: readonly string[],
): Token {
  const token = demandToken(found !== null && isOwnedBy(among, found) ? found : null);
  demandAuthorityOver(principal, authorityOfHolder(token));
  if (principal.token.id !== token.id && !coversAll(givenBy(principal, developerScopes), token.scopes))
    throw refusal('permission.scope_not_grantable');
  return token;
}

interface RotatedToken extends IssuedToken {
  replaced: Token;
}

/** A request to replace a token. */
interface RotateInput {
  caller: BusinessCaller;
  tokenId: string;
  graceSeconds: number;
}

/** A token to be replaced, and its replacement. */
interface Replacement {
  old: Token;
  graceSeconds: number;
  draft: TokenDraft;
  change: Change;
}

/**
 * Replaces a token's secret by issuing its successor; the old secret stays valid for a grace period. Concurrent
 * rotations share a transaction (Changes).
 */
@Injectable()
export class TokenRotationService implements SharedWork<RotateInput, RotatedToken> {
  readonly verifiers = 'wait';
  readonly lane = 'others';

  constructor(
    private readonly tokens: TokensRepository,
    private readonly owners: OwnersRepository,
    private readonly hasher: SecretHasher,
    private readonly changes: Changes,
    private readonly idempotency: Idempotency,
    private readonly demands: ScopeDemands,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * The successor has the token's name, owner, scopes and lifetime, counted from now. It cannot exceed the token that
   * makes the rotation: one that rotates itself keeps its expiry and its remaining uses. It expires sooner if the policy
   * of the business says so. Of several concurrent rotations of a token, one succeeds. Resolves when every verifier
   * knows the end of the grace.
   * @param graceSeconds how long the old secret stays valid, never past its expiry; 0: not at all
   * @throws DomainError `token.not_found`, `token.not_active`, `permission.scope_not_grantable`; `permission.denied` for
   *   a token of a higher authority
   */
  rotate(caller: BusinessCaller, tokenId: string, graceSeconds: number): Promise<RotatedToken> {
    return this.changes.share(this, caller, caller.businessId, { caller, tokenId, graceSeconds });
  }

  claims({ caller, tokenId }: RotateInput): string[] {
    return [claimOnToken(tokenId), ...this.idempotency.claims(caller)];
  }

  run(
    items: readonly SharedItem<RotateInput>[],
    manager: EntityManager,
  ): Promise<(RotatedToken | DomainError)[]> {
    return this.idempotency.onceEach<RotateInput, RotatedToken>(
      items,
      manager,
      (first) => this.rotateAll(first, manager),
      async ({ input: { caller, tokenId }, change }, successorId) => {
        change.restsOnEarlier = true;
        return {
          ...(await this.reissueIn(caller, successorId, change)),
          replaced: demandToken(
            await this.tokens.find(caller.businessId, tokenId, manageableTokens(caller), manager),
          ),
        };
      },
    );
  }

  /**
   * Replaces a token that nobody has used yet, for a caller that made it and never got its secret: the old one ends at
   * once, and the new one has the same terms. A use since the last flush of uses may not be known yet.
   * @throws DomainError `token.secret_in_use`: somebody has it
   */
  async reissueIn(caller: BusinessCaller, tokenId: string, change: Change): Promise<IssuedToken> {
    const { manager } = change;
    const made = await this.tokens.find(caller.businessId, tokenId, null, manager);
    if (made === null || made.lastUsedAt !== null || made.uses > 0) throw secretInUse();
    const { tokens, moment, policyOf } = await this.held([{ caller, tokenId }], manager);
    const old = this.replaceable(caller, tokens[0] ?? null, null, policyOf(caller));
    const draft = this.draft(old, underPolicy(termsOf(old), policyOf(caller), moment));
    const [replaced] = await this.replaceAll([{ old, graceSeconds: 0, draft, change }], manager);
    if (replaced instanceof DomainError) throw secretInUse();
    return replaced as RotatedToken;
  }

  /** As demandReplaceable: whoever replaces another token needs what that one has. */
  private replaceable(
    caller: BusinessCaller,
    found: Token | null,
    among: OwnerFilter,
    { developerScopes }: IssuingPolicy,
  ): Token {
    const token = demandReplaceable(caller, found, among, developerScopes);
    if (caller.principal.token.id !== token.id) this.demands.noteNeeded(caller.principal, token.scopes);
    return token;
  }

  private async rotateAll(
    items: readonly SharedItem<RotateInput>[],
    manager: EntityManager,
  ): Promise<(RotatedToken | DomainError)[]> {
    const inputs = items.map(({ input }) => input);
    const { tokens, moment, policyOf } = await this.held(inputs, manager);
    const callers = inputs.map(({ caller }) => caller);
    const limits = await limitsOfCredentials(callers, this.tokens, manager);
    const drafts = await Promise.all(
      items.map(({ input: { caller, graceSeconds }, change }, number) =>
        orRefusal((): Replacement => {
          const policy = policyOf(caller);
          const old = this.replaceable(caller, tokens[number] ?? null, manageableTokens(caller), policy);
          const expiresAt = expiryOfReplacement(old.createdAt, old.expiresAt, this.clock.nowMs());
          const bound = boundBy(limits[number], { ...old, expiresAt });
          const terms = underPolicy(bound, policy, moment);
          const issuedByToken = caller.principal.token.id;
          return { old, graceSeconds, change, draft: this.draft(old, { ...terms, issuedByToken }) };
        }),
      ),
    );
    const replacements = drafts.flatMap((draft) => (draft instanceof DomainError ? [] : [draft]));
    const replaced = (await this.replaceAll(replacements, manager)).values();
    return drafts.map((draft) =>
      draft instanceof DomainError ? draft : (replaced.next().value as RotatedToken | DomainError),
    );
  }

  /** For each token its successor, or DomainError `token.not_active`. */
  private async replaceAll(
    replacements: readonly Replacement[],
    manager: EntityManager,
  ): Promise<(RotatedToken | DomainError)[]> {
    const superseded = await this.tokens.supersedeAll(
      replacements.map(({ old, graceSeconds, draft }) => ({
        old,
        graceSeconds,
        successorId: draft.token.id,
      })),
      manager,
    );
    const made = replacements.filter(({ old }) => superseded.has(old.id));
    const added = await this.tokens.insertAll(
      made.map(({ draft }) => rowOf(draft)),
      manager,
    );
    return replacements.map(({ old, draft, change }) => {
      const after = superseded.get(old.id);
      if (after === undefined)
        return new DomainError('token.not_active', 'The token is revoked, expired or replaced already.');
      const replaced = { ...old, ...after };
      const token = madeFrom(draft, added);
      // This event comes first: no event of a token may come after its own replacement.
      change.record({
        action: 'token.issued',
        target: { kind: 'token', id: draft.token.id },
        details: birthOf(token, old.id),
      });
      change.record({
        action: 'token.rotated',
        target: { kind: 'token', id: old.id },
        details: {
          replaced_by: draft.token.id,
          grace_ends_at: replaced.graceEndsAt?.toISOString() ?? null,
        },
      });
      return { secret: draft.secret, token, replaced };
    });
  }

  private draft(old: Token, terms: SuccessorTerms): TokenDraft {
    const minted = old.dialect === 'vcita' ? mintHexSecret() : mintSecret(prefixOf(old.tokenPrefix));
    return {
      secret: minted.secret,
      owner: ownerOf(old),
      ownerRole: old.member?.role ?? old.identity?.role ?? null,
      token: {
        id: newId(),
        ...inheritedFrom(old),
        ...terms,
        jti: minted.publicId,
        tokenPrefix: minted.preview,
      },
      digest: this.hasher.digestForStorage(minted.secret),
    };
  }

  /**
   * The tokens, read while their owners are locked, so that what a successor inherits cannot be removed meanwhile.
   */
  private async held(
    inputs: readonly { caller: BusinessCaller; tokenId: string }[],
    manager: EntityManager,
  ): Promise<HeldTokens> {
    const asked = inputs.map(({ caller: { businessId }, tokenId }) => ({ businessId, id: tokenId }));
    const policies = await this.owners.holdOfTokens(asked, manager);
    return {
      tokens: await this.tokens.findAll(asked, manager),
      moment: changeMoment(await sessionOf(manager)),
      policyOf: ({ businessId }) => policies.get(businessId) as IssuingPolicy,
    };
  }
}

/** The tokens to be replaced (null: does not exist), the time, and the policies. */
interface HeldTokens {
  tokens: (Token | null)[];
  moment: Date;
  policyOf: (caller: BusinessCaller) => IssuingPolicy;
}

function secretInUse(): DomainError {
  return refusal('token.secret_in_use');
}

/** The prefix inside a preview: all before its last underscore. */
function prefixOf(preview: string): string {
  return preview.slice(0, preview.lastIndexOf('_'));
}
