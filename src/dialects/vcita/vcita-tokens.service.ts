import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { IdentitiesRepository } from '../../directory/identities/identities.repository.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import type { TokensOf } from '../../revocations/revocations.repository.js';
import { TokenRevocationService } from '../../revocations/token-revocation.service.js';
import { manageableTokens, narrowedTo } from '../../token-rows/token-access.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { PlatformTokensService } from '../../tokens/platform-tokens.service.js';
import { RevocationBySecretService } from '../../revocations/revocation-by-secret.service.js';
import { tokenStatusAt } from '../../token-rows/token-lifetime.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { askerOf } from '../../verification/presentation.js';
import {
  filterOf,
  given,
  idOf,
  type RevokeVcitaTokenDto,
  type VcitaOwnerDto,
  VcitaTokenDto,
} from './vcita-token.dto.js';

const REASON = 'all tokens of the owner revoked';
/** vcita has no pages; this limits one answer, newest first. */
const LISTED_MAX = 1000;

/** Where to look for a token: null as its business is the platform itself. */
interface Place {
  tokenId: string;
  businessId: string | null;
}

/** Lists and revokes tokens in vcita's terms. */
@Injectable()
export class VcitaTokensService {
  constructor(
    private readonly tokens: TokensService,
    private readonly platformTokens: PlatformTokensService,
    private readonly bySecret: RevocationBySecretService,
    private readonly revocations: TokenRevocationService,
    private readonly changes: Changes,
    private readonly members: MembersRepository,
    private readonly identities: IdentitiesRepository,
    private readonly demands: ScopeDemands,
    private readonly clock: DatabaseClock,
  ) {}

  /** Active tokens that the caller may see: of the named owner, or the caller's own. */
  async list(caller: Caller, query: VcitaOwnerDto): Promise<VcitaTokenDto[]> {
    const owner = filterOf(query);
    const { businessId } = caller;
    const found =
      businessId !== null
        ? await this.tokens.list(
            { ...caller, businessId },
            {
              limit: LISTED_MAX,
              direction: 'next',
              sort: 'created_at',
              descending: true,
              includeRevoked: false,
              includeTotalCount: false,
              // So that those that have expired take no place of the thousand.
              selector: { status: 'active' },
              owner,
            },
          )
        : { items: owner === undefined || 'platform' in owner ? await this.platformTokens.list() : [] };
    return found.items
      .filter((token) => tokenStatusAt(token, this.clock.nowMs()) === 'active')
      .map((token) => VcitaTokenDto.from(token));
  }

  /**
   * @returns the token as it was sent, the same when it was revoked before; for an owner, the ids of what was revoked
   * @throws DomainError `input.invalid` when nothing is named; `token.not_found` for a token that is unknown or not the
   * caller's; as `revokeAllOf`
   */
  async revokeVcitaTokens(caller: Caller, input: RevokeVcitaTokenDto): Promise<string[]> {
    const sent = given(input.token) ?? given(input.token_id);
    if (sent !== undefined) return [await this.revokeOne(caller, sent)];
    const owner = filterOf(input);
    if (owner !== undefined) return this.revokeAllOf(caller, owner);
    throw refusal('input.invalid', {
      issues: [{ loc: ['body', 'token'], msg: 'Field required', type: 'missing' }],
    });
  }

  private async revokeOne(caller: Caller, sent: string): Promise<string> {
    const place = await this.placeOf(caller, sent);
    // Checked before anything depends on the token, so that the answer reveals nothing about it (R6).
    if (place?.tokenId !== caller.principal.token.id)
      this.demands.demand(caller.principal, 'rescind:tokens:write');
    if (place === null) throw refusal('token.not_found');
    const { tokenId, businessId } = place;
    if (businessId === null) await this.platformTokens.revokePlatformToken(tokenId, null, caller);
    else await this.tokens.revokeAsCaller({ ...caller, businessId }, tokenId, null);
    return sent;
  }

  /** By id within the caller's business; by secret, for the platform, in whatever business it belongs to. */
  private async placeOf(caller: Caller, sent: string): Promise<Place | null> {
    const id = idOf(sent);
    if (id !== null) return { tokenId: id, businessId: caller.businessId };
    const token = await this.bySecret.find(sent, askerOf(caller.businessId, 'proof'));
    if (token === null) return null;
    const businessId = token.business?.id ?? null;
    return caller.businessId === null || caller.businessId === businessId
      ? { tokenId: token.id, businessId }
      : null;
  }

  /**
   * Revokes them in one transaction, expired ones included; resolves when every verifier refuses them (R1). The owner
   * stays, and may be issued new ones.
   * @returns the ids of what this call revoked
   * @throws DomainError `permission.denied`; `member.not_found`, `identity.not_found`; `request.invalid` for an owner
   * in no business
   */
  private async revokeAllOf(caller: Caller, owner: TokensOf): Promise<string[]> {
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
