import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../../auth/caller.js';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import { beginsWithDay, isWithinYears } from '../../common/instant.js';
import { isUuid } from '../../common/uuid.pipe.js';
import { DialectScope } from '../../tokens/dialect-scope.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { TokenIssuingService } from '../../tokens/token-issuing.service.js';
import { tokensOfAccount } from '../../token-rows/token-access.js';
import { TokensService } from '../../tokens/tokens.service.js';
import {
  OpenTrainTokenDto,
  type CreatedOpenTrainTokenDto,
  type CreateOpenTrainTokenDto,
} from './opentrain-token.dto.js';

const NAME_DEFAULT = 'API token';
/** Of one account, those of all dialects. */
const ACTIVE_TOKENS_MAX = 25;
/** OpenTrain has no pages; this limits one answer. Active tokens are the newest, and far fewer. */
const LISTED_MAX = 1000;
/** Longer than any id and shorter than any secret, so that neither is cut nor shown. */
const SHOWN_ID_LENGTH_MAX = 31;

/**
 * The tokens of one account in OpenTrain's terms: those of the calling token's owner in its business. Tokens that
 * OpenTrain issued manage their account without any scope, as its clients expect; all others need the scopes of the
 * native API.
 */
@Injectable()
export class OpenTrainTokensService {
  constructor(
    private readonly issuing: TokenIssuingService,
    private readonly tokens: TokensService,
    private readonly scopes: DialectScope,
    private readonly clock: DatabaseClock,
  ) {}

  async create(caller: BusinessCaller, input: CreateOpenTrainTokenDto): Promise<CreatedOpenTrainTokenDto> {
    await this.scopes.demand('rescind:tokens:write', 'opentrain', caller);
    const { secret, token } = await this.issuing.issue(caller, {
      name: input.name ?? NAME_DEFAULT,
      scopes: input.scopes ?? undefined,
      expiresAt: input.expiresAt == null ? null : instantOf(input.expiresAt),
      expiryNamedAs: input.expiresAt == null ? undefined : 'expiresAt',
      dialect: 'opentrain',
      prefix: 'ot_pat',
      activeTokensMax: ACTIVE_TOKENS_MAX,
    });
    return {
      token: secret,
      tokenType: 'bearer',
      metadata: OpenTrainTokenDto.from(token, this.clock.nowMs()),
    };
  }

  async list(caller: BusinessCaller): Promise<OpenTrainTokenDto[]> {
    await this.scopes.demand('rescind:tokens:read', 'opentrain', caller);
    const { items } = await this.tokens.list(caller, {
      limit: LISTED_MAX,
      direction: 'next',
      sort: 'created_at',
      descending: true,
      includeRevoked: true,
      includeTotalCount: false,
      owner: tokensOfAccount(caller),
    });
    return items.map((token) => OpenTrainTokenDto.from(token, this.clock.nowMs()));
  }

  /** @throws DomainError `token.not_found` with the id that was asked for, also for a token of another account */
  async revokeOpenTrainToken(caller: BusinessCaller, tokenId: string): Promise<OpenTrainTokenDto> {
    const id = tokenId.toLowerCase();
    if (!isUuid(id)) throw openTrainTokenNotFound(tokenId);
    if (id !== caller.principal.token.id)
      await this.scopes.demand('rescind:tokens:write', 'opentrain', caller, 'revoke');
    try {
      return OpenTrainTokenDto.from(
        await this.tokens.revokeAndGet(tokensOfAccount(caller), caller, id, null),
        this.clock.nowMs(),
      );
    } catch (error) {
      throw error instanceof DomainError && error.code === 'token.not_found'
        ? openTrainTokenNotFound(tokenId)
        : error;
    }
  }
}

function openTrainTokenNotFound(tokenId: string): DomainError {
  const shown =
    isUuid(tokenId) || tokenId.length <= SHOWN_ID_LENGTH_MAX ? tokenId : `${tokenId.slice(0, 8)}…`;
  return refusal('token.not_found', { details: { tokenId: shown } });
}

/** @throws DomainError `input.invalid` for a date that does not exist */
function instantOf(text: string): Date {
  const instant = new Date(text);
  if (!beginsWithDay(text) || !isWithinYears(text)) {
    throw refusal('input.invalid', {
      issues: [
        { loc: ['body', 'expiresAt'], msg: 'Input should be a time that exists', type: 'datetime_parsing' },
      ],
    });
  }
  return instant;
}
