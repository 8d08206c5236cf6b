import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { BusinessesRepository } from '../businesses/businesses.repository.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { DomainError } from '../common/errors/domain-error.js';
import { newId } from '../common/new-id.js';
import { policyConfig } from '../config/policy.config.js';
import { DatabaseClock } from '../revocation/database-clock.js';
import { mintHexSecret, mintSecret, type MintedSecret } from '../secrets/mint.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { boundBy, limitsOfCredential } from './credential-limits.js';
import { Idempotency } from './idempotency/idempotency.js';
import { grantableScopes } from './grantable-scopes.js';
import type { IssuedToken } from './issued-token.js';
import { OwnerLookup, type OwnerChoice } from './owner-lookup.js';
import { ownerLabel, ownerOf, type OwnerFilter } from './token-owner.js';
import { TokenRotationService } from './token-rotation.service.js';
import type { TokenTerms } from './token-terms.js';
import { TokensRepository } from './tokens.repository.js';
import type { Dialect, Token } from './token.entity.js';

export interface IssueRequest extends OwnerChoice, TokenTerms {
  name: string | null;
  description?: string | null;
  /** Omitted: the issuer's, capped by the owner's role. */
  scopes?: readonly string[] | undefined;
  dialect: Dialect;
  /** Prefix of the secret; omitted: that of the business. */
  prefix?: string;
  /** A secret of 64 hexadecimal characters instead of the prefixed form. */
  hexadecimal?: boolean;
  /** Active tokens the owner may hold in this dialect, where that is less than the configured cap; 0: any number. */
  activeTokensMax?: number;
  /** Terms that hold only while the owner is locked: read then, they replace those of the request. */
  termsOf?: (manager: EntityManager) => Promise<TokenTerms>;
}

/** Issues tokens, for every dialect. */
@Injectable()
export class TokenIssuingService {
  constructor(
    private readonly tokens: TokensRepository,
    private readonly businesses: BusinessesRepository,
    private readonly owners: OwnerLookup,
    private readonly hasher: SecretHasher,
    private readonly changes: Changes,
    private readonly idempotency: Idempotency,
    private readonly rotation: TokenRotationService,
    private readonly clock: DatabaseClock,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  /**
   * Issues a token to an owner of the caller's business. Nobody grants what they lack, and no token issues one that
   * exceeds it: its end, its addresses and its uses bound what is asked for.
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
    return this.changes.make(caller, caller.businessId, (change) =>
      this.idempotency.once<IssuedToken>(
        caller,
        change,
        () => this.issueIn(caller, request, change),
        (tokenId) => this.rotation.reissueIn(caller, tokenId, change),
      ),
    );
  }

  private async issueIn(caller: BusinessCaller, request: IssueRequest, change: Change): Promise<IssuedToken> {
    const { businessId, principal } = caller;
    const { manager } = change;
    const activeMax = lowerCap(request.activeTokensMax ?? 0, this.policy.activeTokensPerOwnerMax);
    const chosen = await this.owners.choose(caller, request, activeMax > 0 ? 'exclusive' : 'shared', manager);
    const limits = await limitsOfCredential(principal, this.tokens, manager);
    const terms = boundBy(limits, (await request.termsOf?.(manager)) ?? request);
    const scopes = grantableScopes(
      request.scopes,
      principal.scopes,
      chosen.authority,
      this.policy.scopeCatalogue,
    );
    if (activeMax > 0) await this.demandRoom(businessId, chosen.filter, activeMax, manager);
    const minted = await this.mint(businessId, request, manager);
    const id = newId();
    await this.tokens.insert(
      {
        id,
        businessId,
        ...chosen.columns,
        name: request.name,
        description: request.description ?? null,
        dialect: request.dialect,
        scopes,
        ...terms,
        issuedByToken: principal.token.id,
        jti: minted.publicId,
        tokenPrefix: minted.preview,
        ...this.hasher.digestForStorage(minted.secret),
      },
      manager,
    );
    const token = (await this.tokens.find(businessId, id, null, manager)) as Token;
    change.record({ action: 'token.issued', target: { kind: 'token', id }, details: detailsOf(token) });
    return { secret: minted.secret, token };
  }

  /** @throws DomainError `token.limit_reached` */
  private async demandRoom(
    businessId: string,
    owner: OwnerFilter,
    activeMax: number,
    manager: EntityManager,
  ): Promise<void> {
    if ((await this.tokens.countActive(businessId, owner, manager)) < activeMax) return;
    throw new DomainError(
      'token.limit_reached',
      `The owner holds ${activeMax} active tokens, which is the most allowed.`,
    );
  }

  private async mint(
    businessId: string,
    request: IssueRequest,
    manager: EntityManager,
  ): Promise<MintedSecret> {
    if (request.hexadecimal === true) return mintHexSecret();
    return mintSecret(
      request.prefix ?? (await this.businesses.find(businessId, manager))?.tokenPrefix ?? 'dz',
    );
  }
}

function detailsOf(token: Token) {
  return {
    name: token.name ?? '',
    owner: ownerLabel(ownerOf(token)),
    scopes: token.scopes,
    expires_at: token.expiresAt?.toISOString() ?? null,
    dialect: token.dialect,
    issued_by_token: token.issuedByToken,
  };
}

/** The lower of two caps, of which 0 is none. */
function lowerCap(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}
