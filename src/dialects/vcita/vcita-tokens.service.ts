import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
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
import { VcitaOwnerRevocationService } from './vcita-owner-revocation.service.js';

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
    private readonly ofOwner: VcitaOwnerRevocationService,
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
   * caller's; as VcitaOwnerRevocationService
   */
  async revokeVcitaTokens(caller: Caller, input: RevokeVcitaTokenDto): Promise<string[]> {
    const sent = given(input.token) ?? given(input.token_id);
    if (sent !== undefined) return [await this.revokeOne(caller, sent)];
    const owner = filterOf(input);
    if (owner !== undefined) return this.ofOwner.revokeVcitaTokensOf(caller, owner);
    throw refusal('input.invalid', {
      issues: [{ loc: ['body', 'token'], msg: 'Field required', type: 'missing' }],
    });
  }

  private async revokeOne(caller: Caller, sent: string): Promise<string> {
    const place = await this.placeOf(caller, sent);
    // Checked before anything depends on the token, so that the answer reveals nothing about it (R6).
    if (place?.tokenId !== caller.principal.token.id)
      this.demands.demand(caller.principal, 'rescind:tokens:write');
    if (place === null) throw vcitaTokenNotFound();
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
}

function vcitaTokenNotFound(): DomainError {
  return refusal('token.not_found');
}
