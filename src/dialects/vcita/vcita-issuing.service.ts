import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import type { OwnerChoice } from '../../tokens/owner-lookup.js';
import { lifetimeSeconds } from '../../token-rows/token-lifetime.js';
import { PlatformTokensService } from '../../tokens/platform-tokens.service.js';
import { TokenIssuingService } from '../../tokens/token-issuing.service.js';
import type { IssuedToken } from '../../tokens/token-draft.js';
import { type CreatedVcitaTokenDto, type CreateVcitaTokenDto, given, idOf } from './vcita-token.dto.js';

/** Creates tokens in vcita's terms: for an app (identity), a user (member), a business or the directory (platform). */
@Injectable()
export class VcitaIssuingService {
  constructor(
    private readonly issuing: TokenIssuingService,
    private readonly platformTokens: PlatformTokensService,
    private readonly businesses: BusinessesRepository,
    private readonly members: MembersRepository,
  ) {}

  /**
   * The token belongs to the app, else to the user, else to the caller's own owner.
   * @throws DomainError `request.invalid` when nothing is named; `business.not_found`, `identity.not_found`,
   * `member.not_found`; `permission.denied`
   */
  async create(caller: Caller, input: CreateVcitaTokenDto): Promise<CreatedVcitaTokenDto> {
    const { secret, token } = await this.issue(caller, input);
    return {
      token: secret,
      token_id: token.id,
      expires_in: lifetimeSeconds(token),
      scopes: token.scopes,
    };
  }

  private async issue(caller: Caller, input: CreateVcitaTokenDto): Promise<IssuedToken> {
    const app = given(input.app_id);
    const user = given(input.user_id);
    const directory = given(input.directory_id);
    if ([app, user, directory, given(input.business_id)].every((id) => id === undefined))
      throw invalid('At least one of app_id, user_id, business_id and directory_id is needed.');
    if (directory !== undefined && caller.principal.businessId !== null)
      throw refusal('permission.denied', {
        scope: 'rescind:platform:admin',
      });
    const businessId = await this.businessOf(caller, given(input.business_id));
    if (businessId === null) {
      if (app !== undefined || user !== undefined)
        throw invalid(
          'The business of the app or user is needed: business_id, or the x-on-behalf-of header.',
        );
      return this.platformTokens.issueHexadecimal('directory', caller);
    }
    return this.issuing.issue(
      { ...caller, businessId },
      {
        name: null,
        ...(await this.vcitaOwnerOf(businessId, app, user)),
        expiresAt: null,
        dialect: 'vcita',
        hexadecimal: true,
      },
    );
  }

  /** The business named in the body, if it is the caller's; null: the platform, outside of all. */
  private async businessOf(caller: Caller, named: string | undefined): Promise<string | null> {
    if (named === undefined) return caller.businessId;
    const id = idOf(named);
    const known =
      id !== null &&
      (caller.businessId === null ? await this.businesses.exists(id) : caller.businessId === id);
    if (!known) throw refusal('business.not_found');
    return id;
  }

  /** A user named beside an app must exist as well. */
  private async vcitaOwnerOf(
    businessId: string,
    app: string | undefined,
    user: string | undefined,
  ): Promise<OwnerChoice> {
    const memberId = user === undefined ? undefined : idOf(user);
    const isMember = memberId != null && (await this.members.find(businessId, memberId)) !== null;
    if (user !== undefined && !isMember) throw refusal('member.not_found');
    if (app === undefined) return { memberId: memberId ?? undefined };
    const identityId = idOf(app);
    if (identityId === null) throw refusal('identity.not_found');
    return { identityId };
  }
}

function invalid(sentence: string): DomainError {
  return new DomainError('request.invalid', sentence);
}
