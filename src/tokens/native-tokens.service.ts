import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../auth/caller.js';
import { invalidInput } from '../common/errors/domain-error.js';
import { DatabaseClock } from '../lease/database-clock.js';
import {
  type IssuedTokenDto,
  type IssueTokenDto,
  type RotatedTokenDto,
  storedAddresses,
} from './dto/issue-token.dto.js';
import type { ChangeTokenDto, RevokeTokenDto, RotateTokenDto } from './dto/change-token.dto.js';
import { reachOf } from '../revocations/derived/revocation-reach.js';
import type { ListTokensDto, TokenPageDto } from '../token-rows/dto/list-tokens.dto.js';
import { RevokeAnswerDto } from '../revocations/revoked-token.dto.js';
import { TokenInfoDto } from '../token-rows/dto/token-info.dto.js';
import { TokenLineageDto } from './dto/token-lineage.dto.js';
import type { RevocationWatch } from '../revocations/progress/revocation-progress.dto.js';
import { labelsNamed } from '../token-schema/derived.js';
import { selectorOf } from '../token-rows/selection/token-selector.js';
import { TokenIssuingService } from './token-issuing.service.js';
import type { Token } from '../token-rows/token.entity.js';
import { expiryInDays, LIFETIME_DAYS_DEFAULT } from '../token-rows/token-lifetime.js';
import { TokenRotationService } from './token-rotation.service.js';
import { TokensService } from './tokens.service.js';

/** Translates the native dialect's inputs and answers; the other dialects have theirs in src/dialects. */
@Injectable()
export class NativeTokensService {
  constructor(
    private readonly tokens: TokensService,
    private readonly issuing: TokenIssuingService,
    private readonly rotation: TokenRotationService,
    private readonly clock: DatabaseClock,
  ) {}

  async issue(caller: BusinessCaller, input: IssueTokenDto): Promise<IssuedTokenDto> {
    if (input.owner_email != null && input.identity_id != null) {
      throw invalidInput(['body', 'identity_id'], 'A token has one owner: name owner_email or identity_id');
    }
    const days = input.expires_in_days === undefined ? LIFETIME_DAYS_DEFAULT : input.expires_in_days;
    const { secret, token } = await this.issuing.issue(caller, {
      name: input.name,
      ...labelsNamed(input),
      scopes: input.scopes ?? 'product',
      trustedIps: storedAddresses(input.trusted_ips ?? null),
      expiresAt: expiryInDays(days, this.clock.nowMs()),
      expiryNamedAs: input.expires_in_days === undefined ? undefined : 'expires_in_days',
      ownerEmail: input.owner_email ?? undefined,
      identityId: input.identity_id?.toLowerCase(),
      dialect: 'native',
    });
    return { token: secret, token_info: this.shown(token) };
  }

  async list(caller: BusinessCaller, query: ListTokensDto): Promise<TokenPageDto> {
    const page = await this.tokens.list(caller, {
      limit: query.limit,
      cursor: query.cursor,
      direction: query.direction,
      sort: query.sort_by,
      descending: query.descending,
      includeRevoked: query.include_revoked ?? false,
      includeTotalCount: query.include_total_count,
      ownerEmail: query.owner_email,
      identityId: query.identity_id?.toLowerCase(),
      selector: selectorOf(query, 'query'),
      isBounded: true,
    });
    return { ...page, items: page.items.map((token) => this.shown(token)) };
  }

  async get(caller: BusinessCaller, tokenId: string): Promise<TokenInfoDto> {
    return this.shown(await this.tokens.get(caller, tokenId));
  }

  async lineage(businessId: string, tokenId: string): Promise<TokenLineageDto> {
    return TokenLineageDto.from(await this.tokens.lineage(businessId, tokenId));
  }

  async change(
    caller: BusinessCaller,
    tokenId: string,
    { trusted_ips: addresses, ...labels }: ChangeTokenDto,
  ): Promise<TokenInfoDto> {
    const changes = {
      ...labelsNamed(labels),
      ...(addresses === undefined ? {} : { trustedIps: storedAddresses(addresses) }),
    };
    return this.shown(await this.tokens.change(caller, tokenId, changes));
  }

  async rotate(caller: BusinessCaller, tokenId: string, input: RotateTokenDto): Promise<RotatedTokenDto> {
    const { secret, token, replaced } = await this.rotation.rotate(caller, tokenId, input.grace_seconds ?? 0);
    return { token: secret, token_info: this.shown(token), replaced: this.shown(replaced) };
  }

  async revokeToken(
    caller: BusinessCaller,
    tokenId: string,
    input: RevokeTokenDto,
    watch?: RevocationWatch,
  ): Promise<RevokeAnswerDto> {
    return RevokeAnswerDto.from(
      await this.tokens.revokeAsCaller(caller, tokenId, input.reason ?? null, reachOf(input), watch),
    );
  }

  private shown(token: Token): TokenInfoDto {
    return TokenInfoDto.from(token, this.clock.nowMs());
  }
}
