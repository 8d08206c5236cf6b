import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '../../audit/trail/audit-draft.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { RevocationBySecretService } from '../../revocations/revocation-by-secret.service.js';
import { TokenAuthService } from './token-auth/token-auth.service.js';
import { TokenIssuingService } from '../../tokens/token-issuing.service.js';
import { TokenRenewalService } from '../../tokens/token-renewal.service.js';
import { TokensService } from '../../tokens/tokens.service.js';
import { lifetimeSeconds } from '../../token-rows/token-lifetime.js';
import {
  InfisicalTokenDto,
  type CreatedAccessTokenDto,
  type NameTokenDto,
  type RenewedAccessTokenDto,
  type TokenRangeDto,
} from './infisical-token.dto.js';

/** The tokens of machine identities in Infisical's terms. */
@Injectable()
export class InfisicalTokensService {
  constructor(
    private readonly tokenAuth: TokenAuthService,
    private readonly issuing: TokenIssuingService,
    private readonly tokens: TokensService,
    private readonly renewals: TokenRenewalService,
    private readonly bySecret: RevocationBySecretService,
  ) {}

  async create(
    caller: BusinessCaller,
    identityId: string,
    { name }: NameTokenDto,
  ): Promise<CreatedAccessTokenDto> {
    const { secret, token } = await this.issuing.issue(caller, {
      name: name ?? null,
      identityId,
      dialect: 'infisical',
      expiresAt: null,
      termsOf: (manager) => this.tokenAuth.terms(caller.businessId, identityId, manager),
    });
    return {
      accessToken: secret,
      expiresIn: lifetimeSeconds(token) ?? 0,
      accessTokenMaxTTL: token.maxTtlSeconds ?? 0,
      tokenType: 'Bearer',
      tokenData: InfisicalTokenDto.from(token),
    };
  }

  async list(caller: BusinessCaller, identityId: string, range: TokenRangeDto): Promise<InfisicalTokenDto[]> {
    await this.tokenAuth.demand(caller.businessId, identityId);
    const tokens = await this.tokens.listOfIdentity(caller, identityId, range);
    return tokens.map((token) => InfisicalTokenDto.from(token));
  }

  /** @param identityId the identity that it must belong to; undefined: any */
  async get(caller: BusinessCaller, tokenId: string, identityId?: string): Promise<InfisicalTokenDto> {
    const token = await this.tokens.get(caller, tokenId);
    if (identityId !== undefined && token.identityId !== identityId) throw infisicalTokenNotFound();
    return InfisicalTokenDto.from(token);
  }

  async changeName(caller: BusinessCaller, tokenId: string, input: NameTokenDto): Promise<InfisicalTokenDto> {
    const changes = input.name === undefined ? {} : { name: input.name };
    return InfisicalTokenDto.from(await this.tokens.change(caller, tokenId, changes));
  }

  /** @throws DomainError `token.not_found` also for a token that was revoked already, as the original does */
  async revokeInfisicalToken(caller: BusinessCaller, tokenId: string): Promise<void> {
    if (!(await this.tokens.revokeAsCaller(caller, tokenId, null)).first) throw infisicalTokenNotFound();
  }

  async renew(secret: string, request: RequestFacts): Promise<RenewedAccessTokenDto> {
    const { token, secondsLeft } = await this.renewals.renew(secret, request);
    return {
      accessToken: secret,
      expiresIn: Math.round(secondsLeft ?? 0),
      accessTokenMaxTTL: token.maxTtlSeconds ?? 0,
      tokenType: 'Bearer',
    };
  }

  /** @throws DomainError `authentication.malformed` for a string that cannot be a secret */
  async revokeInfisicalAccessToken(secret: string, request: RequestFacts): Promise<void> {
    if (!this.bySecret.isWellFormed(secret))
      throw new DomainError('authentication.malformed', 'The access token is malformed.');
    await this.bySecret.revokeBySecret(secret, request);
  }
}

function infisicalTokenNotFound(): DomainError {
  return refusal('token.not_found');
}
