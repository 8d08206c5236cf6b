import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import { Changes } from '../changes/changes.js';
import { orRefusal, type SharedItem, type SharedWork } from '../changes/shared-work.js';
import { DomainError } from '../common/errors/domain-error.js';
import { newId } from '../common/new-id.js';
import { policyConfig } from '../config/policy.config.js';
import { sessionOf } from '../database/prepared.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { mintHexSecret, mintSecret } from '../secrets/mint.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { boundBy, type CredentialLimits, limitsOfCredentials, type TokenTerms } from './credential-limits.js';
import { givenBy, grantableScopes } from './grantable-scopes.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { OwnersRepository } from './owners.repository.js';
import { birthOf, type IssuedToken, madeFrom, rowOf, type TokenDraft } from './token-draft.js';
import { underPolicy } from './lifetime-policy.js';
import { type ChosenOwner, holdOwners, type OwnerChoice } from './owner-lookup.js';
import { changeMoment } from '../token-rows/token-line.js';
import type { OwnerFilter } from '../token-rows/token-owner.js';
import { TokenRotationService } from './token-rotation.service.js';
import { labelsFrom } from '../token-schema/derived.js';
import type { Labels } from '../token-schema/token-schema.js';
import type { Dialect } from '../token-rows/token.entity.js';
import { TokensRepository } from './tokens.repository.js';

/**
 * How many more tokens owners may have, counting those that are made in the same transaction. Every transaction that
 * issues tokens locks the log of the business, so that the count stays correct.
 */
class RoomForTokens {
  private readonly held = new Map<string, number>();

  constructor(
    private readonly tokens: TokensRepository,
    private readonly manager: EntityManager,
  ) {}

  /** Reserves the place for one token. @throws DomainError `token.limit_reached` */
  async take(businessId: string, owner: OwnerFilter, activeMax: number): Promise<void> {
    const key = JSON.stringify([businessId, owner]);
    const held = this.held.get(key) ?? (await this.tokens.countActive(businessId, owner, this.manager));
    this.held.set(key, held);
    if (held >= activeMax)
      throw new DomainError(
        'token.limit_reached',
        `The owner holds ${activeMax} active tokens, which is the most allowed.`,
      );
    this.held.set(key, held + 1);
  }
}

interface IssueRequest extends OwnerChoice, TokenTerms, Partial<Labels> {
  name: string | null;
  /**
   * Omitted: the issuer's, limited by the owner's role; `product`: the issuer's, except scopes that manage Rescind.
   */
  scopes?: readonly string[] | 'product' | undefined;
  dialect: Dialect;
  /**
   * The member of the request that asks for the expiry; undefined: none asked for, so the policy of the business may set
   * it.
   */
  expiryNamedAs?: string | undefined;
  /** Prefix of the secret; omitted: that of the business. */
  prefix?: string;
  /** A secret of 64 hexadecimal characters instead of the prefixed form. */
  hexadecimal?: boolean;
  /**
   * Active tokens that the owner may have in this dialect, if that is less than the configured limit; 0: any number.
   */
  activeTokensMax?: number;
  /** Terms that must be read while the owner is locked: they then replace those of the request. */
  termsOf?: (manager: EntityManager) => Promise<TokenTerms>;
}

/** A request for a token. */
interface IssueInput {
  caller: BusinessCaller;
  request: IssueRequest;
}

/** Issues tokens, for every dialect. Concurrent requests share a transaction (Changes). */
@Injectable()
export class TokenIssuingService implements SharedWork<IssueInput, IssuedToken> {
  readonly verifiers = 'unconcerned';
  readonly lane = 'others';

  constructor(
    private readonly tokens: TokensRepository,
    private readonly owners: OwnersRepository,
    private readonly hasher: SecretHasher,
    private readonly changes: Changes,
    private readonly idempotency: Idempotency,
    private readonly rotation: TokenRotationService,
    private readonly demands: ScopeDemands,
    private readonly clock: DatabaseClock,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /**
   * Issues a token to an owner of the caller's business. Nobody can grant what they lack. The new token cannot exceed
   * the caller's token: its expiry, addresses and uses limit the request, and so does the policy of the business.
   * @throws DomainError `permission.*`, `member.not_found`, `identity.*`, `input.invalid`, `token.limit_reached`
   */
  async issue(caller: BusinessCaller, request: IssueRequest): Promise<IssuedToken> {
    if (request.expiresAt instanceof Date && request.expiresAt.getTime() <= this.clock.nowMs()) {
      throw new DomainError('input.invalid', 'The expiry has passed already.', {
        issues: [
          { loc: ['body', 'expires_at'], msg: 'Input should be in the future', type: 'datetime_future' },
        ],
      });
    }
    return this.changes.share(this, caller, caller.businessId, { caller, request });
  }

  claims({ caller }: IssueInput): string[] {
    return this.idempotency.claims(caller);
  }

  run(
    items: readonly SharedItem<IssueInput>[],
    manager: EntityManager,
  ): Promise<(IssuedToken | DomainError)[]> {
    return this.idempotency.onceEach<IssueInput, IssuedToken>(
      items,
      manager,
      (first) => this.issueAll(first, manager),
      ({ input: { caller }, change }, tokenId) => {
        // Verifiers may hold the secret that ends with it.
        change.restsOnEarlier = true;
        return this.rotation.reissueIn(caller, tokenId, change);
      },
    );
  }

  private async issueAll(
    items: readonly SharedItem<IssueInput>[],
    manager: EntityManager,
  ): Promise<(IssuedToken | DomainError)[]> {
    const choices = items.map(({ input: { caller, request } }) => ({ caller, choice: request }));
    const owners = await holdOwners(choices, this.owners, manager);
    const callers = items.map(({ input }) => input.caller);
    const limits = await limitsOfCredentials(callers, this.tokens, manager);
    const room = new RoomForTokens(this.tokens, manager);
    const moment = changeMoment(await sessionOf(manager));
    const drafts: (TokenDraft | DomainError)[] = [];
    for (const [number, { input }] of items.entries()) {
      const owner = owners[number] as ChosenOwner | DomainError;
      drafts.push(
        owner instanceof DomainError
          ? owner
          : await orRefusal(() => this.draft(input, owner, limits[number], { room, moment, manager })),
      );
    }
    const granted = drafts.flatMap((draft) => (draft instanceof DomainError ? [] : [rowOf(draft)]));
    const added = await this.tokens.insertAll(granted, manager);
    return drafts.map((draft, number) => {
      if (draft instanceof DomainError) return draft;
      const token = madeFrom(draft, added);
      const target = { kind: 'token' as const, id: token.id };
      items[number]?.change.record({ action: 'token.issued', target, details: birthOf(token, null) });
      return { secret: draft.secret, token };
    });
  }

  /** @throws DomainError */
  private async draft(
    { caller: { businessId, principal }, request }: IssueInput,
    owner: ChosenOwner,
    limits: CredentialLimits | undefined,
    { room, moment, manager }: { room: RoomForTokens; moment: Date; manager: EntityManager },
  ): Promise<TokenDraft> {
    const bound = boundBy(limits, (await request.termsOf?.(manager)) ?? request);
    const terms = underPolicy(bound, owner.policy, moment, request.expiryNamedAs);
    const { scopeCatalogue, activeTokensPerOwnerMax } = this.policy;
    // Scopes that nobody names are the caller's own alone.
    const isNamed = typeof request.scopes === 'object';
    const issuer = isNamed ? givenBy(principal, owner.policy.developerScopes) : principal.scopes;
    const scopes = grantableScopes(request.scopes, issuer, owner.authority, scopeCatalogue);
    this.demands.noteNeeded(principal, isNamed ? scopes : null);
    const activeMax = lowerCap(request.activeTokensMax ?? 0, activeTokensPerOwnerMax);
    if (activeMax > 0) await room.take(businessId, owner.filter, activeMax);
    const minted =
      request.hexadecimal === true ? mintHexSecret() : mintSecret(request.prefix ?? owner.prefix ?? 'dz');
    return {
      secret: minted.secret,
      owner: owner.owner,
      ownerRole: owner.authority,
      token: {
        id: newId(),
        businessId,
        ...owner.columns,
        ...labelsFrom(request),
        dialect: request.dialect,
        scopes,
        ...terms,
        issuedByToken: principal.token.id,
        issuedTo: null,
        jti: minted.publicId,
        tokenPrefix: minted.preview,
      },
      digest: this.hasher.digestForStorage(minted.secret),
    };
  }
}

/** The lower of two limits; 0 means no limit. */
function lowerCap(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}
