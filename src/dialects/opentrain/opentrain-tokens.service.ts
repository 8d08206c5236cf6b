import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { BusinessCaller } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { isUuid } from '../../common/uuid.pipe.js';
import { policyConfig } from '../../config/policy.config.js';
import { DialectScope } from '../../tokens/dialect-scope.js';
import { TokenIssuingService } from '../../tokens/token-issuing.service.js';
import { tokensWithoutScope } from '../../tokens/token-access.js';
import { TokensService } from '../../tokens/tokens.service.js';
import {
  OpenTrainTokenDto,
  type CreatedOpenTrainTokenDto,
  type CreateOpenTrainTokenDto,
} from './opentrain-token.dto.js';

const NAME_DEFAULT = 'API token';
/** The original does not page; this bounds one answer. Active ones are newest, and far fewer. */
const LISTED_MAX = 1000;
/** Longer than any id and shorter than any secret, so that neither is cut nor shown. */
const SHOWN_ID_LENGTH_MAX = 31;

/**
 * OpenTrain's words for the tokens of one account: the calling token's owner in its business. Tokens that OpenTrain issued
 * manage their account without any scope, as its clients expect; all others need those of the native API.
 */
@Injectable()
export class OpenTrainTokensService {
  constructor(
    private readonly issuing: TokenIssuingService,
    private readonly tokens: TokensService,
    private readonly scopes: DialectScope,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  async create(caller: BusinessCaller, input: CreateOpenTrainTokenDto): Promise<CreatedOpenTrainTokenDto> {
    await this.scopes.demand('rescind:tokens:write', 'opentrain', caller);
    const { secret, token } = await this.issuing.issue(caller, {
      name: input.name ?? NAME_DEFAULT,
      scopes: input.scopes ?? undefined,
      expiresAt: input.expiresAt == null ? null : instantOf(input.expiresAt),
      dialect: 'opentrain',
      prefix: 'ot_pat',
      activeTokensMax: this.policy.openTrainActiveTokensMax,
    });
    return { token: secret, tokenType: 'bearer', metadata: OpenTrainTokenDto.from(token) };
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
    });
    return items.map((token) => OpenTrainTokenDto.from(token));
  }

  /** @throws DomainError `token.not_found` with the id that was asked for */
  async revoke(caller: BusinessCaller, tokenId: string): Promise<OpenTrainTokenDto> {
    const id = tokenId.toLowerCase();
    if (!isUuid(id)) throw notFound(tokenId);
    if (id !== caller.principal.token.id)
      await this.scopes.demand('rescind:tokens:write', 'opentrain', caller, 'revoke');
    try {
      const among = tokensWithoutScope(caller, 'rescind:tokens:write');
      return OpenTrainTokenDto.from(await this.tokens.revokeAndGet(among, caller, id, null));
    } catch (error) {
      throw error instanceof DomainError && error.code === 'token.not_found' ? notFound(tokenId) : error;
    }
  }
}

function notFound(tokenId: string): DomainError {
  const shown =
    isUuid(tokenId) || tokenId.length <= SHOWN_ID_LENGTH_MAX ? tokenId : `${tokenId.slice(0, 8)}…`;
  return new DomainError('token.not_found', 'Resource not found', { details: { tokenId: shown } });
}

/** @throws DomainError `input.invalid` for a time that is on no calendar */
function instantOf(text: string): Date {
  const instant = new Date(text);
  // Date takes the 31st of February for the 3rd of March.
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  if (Number.isNaN(instant.getTime()) || new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) {
    throw new DomainError('input.invalid', 'The input is not valid.', {
      issues: [
        { loc: ['body', 'expiresAt'], msg: 'Input should be a time that exists', type: 'datetime_parsing' },
      ],
    });
  }
  return instant;
}
