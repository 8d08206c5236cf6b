import { Injectable } from '@nestjs/common';
import type { CallerAnywhere } from '../../auth/caller.js';
import { demandScope } from '../../auth/scope.guard.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { PlatformTokensService } from '../../tokens/platform-tokens.service.js';
import { RevocationBySecretService } from '../../tokens/revocation-by-secret.service.js';
import { tokenStatusAt } from '../../tokens/token-lifetime.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { filterOf, given, idOf } from './vcita-owner.js';
import { VcitaTokenDto, type RevokeVcitaTokenDto, type VcitaOwnerDto } from './vcita-token.dto.js';

/** The original does not page; this bounds one answer, newest first. */
const LISTED_MAX = 1000;

/** Where a token is to be found: null as its business is the platform itself. */
interface Place {
  tokenId: string;
  businessId: string | null;
}

/** Lists and revokes tokens in vcita's words. */
@Injectable()
export class VcitaTokensService {
  constructor(
    private readonly tokens: TokensService,
    private readonly platformTokens: PlatformTokensService,
    private readonly bySecret: RevocationBySecretService,
  ) {}

  /** Tokens that are good, as far as the caller may see them; outside of all businesses, the platform's own. */
  async list(caller: CallerAnywhere, query: VcitaOwnerDto): Promise<VcitaTokenDto[]> {
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
              owner,
            },
          )
        : { items: owner === null || 'platform' in owner ? await this.platformTokens.list() : [] };
    return found.items
      .filter((token) => tokenStatusAt(token, Date.now()) === 'active')
      .map((token) => VcitaTokenDto.from(token));
  }

  /**
   * @returns the token as it was sent; the same when it was revoked before
   * @throws DomainError `input.invalid` without a token; `token.not_found` for one that is unknown or not the caller's
   */
  async revoke(caller: CallerAnywhere, input: RevokeVcitaTokenDto): Promise<string> {
    const sent = given(input.token) ?? given(input.token_id);
    if (sent === undefined) {
      throw new DomainError('input.invalid', 'The input is not valid.', {
        issues: [{ loc: ['body', 'token'], msg: 'Field required', type: 'missing' }],
      });
    }
    const place = await this.placeOf(caller, sent);
    // Asked before anything depends on the token, so that the answer says nothing of it (R6).
    if (place?.tokenId !== caller.principal.token.id) demandScope(caller.principal, 'rescind:tokens:write');
    if (place === null) throw notFound();
    const { tokenId, businessId } = place;
    if (businessId === null) await this.platformTokens.revoke(tokenId, null, caller);
    else await this.tokens.revoke({ ...caller, businessId }, tokenId, null);
    return sent;
  }

  /** By id within the caller's business; by secret, for the platform, in whatever business it belongs to. */
  private async placeOf(caller: CallerAnywhere, sent: string): Promise<Place | null> {
    const id = idOf(sent);
    if (id !== null) return { tokenId: id, businessId: caller.businessId };
    const token = await this.bySecret.find(sent);
    if (token === null) return null;
    const businessId = token.business?.id ?? null;
    return caller.businessId === null || caller.businessId === businessId
      ? { tokenId: token.id, businessId }
      : null;
  }
}

function notFound(): DomainError {
  return new DomainError('token.not_found', 'Resource not found');
}
