import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { BusinessCaller } from '../../auth/caller.js';
import { invalidInput, refusal } from '../../common/errors/domain-error.js';
import { usageConfig } from '../../config/usage.config.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { HOUR_MS, hourOf, USAGE_OUTCOMES, type UsageCounts } from '../../verification/usage/usage-tally.js';
import { TokensRepository } from '../../tokens/tokens.repository.js';
import { TokensService } from '../../tokens/tokens.service.js';
import {
  AskedScopeDto,
  HOURS_MAX,
  type TokenUsageDto,
  type UsageCountsDto,
  type UsageDto,
  type UsageQueryDto,
} from './usage.dto.js';
import {
  UsageReadsRepository,
  type HourRow,
  type SeenValue,
  type Stretch,
} from './usage-reads.repository.js';

const HOURS_DEFAULT = 24;

/** Reads the usage of tokens, as far as it was recorded and written. */
@Injectable()
export class UsageService {
  constructor(
    private readonly tokens: TokensService,
    private readonly tokenRows: TokensRepository,
    private readonly usage: UsageReadsRepository,
    private readonly clock: DatabaseClock,
    @Inject(usageConfig.KEY) private readonly config: ConfigType<typeof usageConfig>,
  ) {}

  /** @throws DomainError `token.not_found` for any token the caller may not see */
  async ofToken(caller: BusinessCaller, tokenId: string, query: UsageQueryDto): Promise<TokenUsageDto> {
    const { id } = await this.tokens.get(caller, tokenId);
    return this.ofExisting(caller.businessId, id, query);
  }

  /** One of the platform's own. @throws DomainError `token.not_found` */
  async ofPlatformToken(tokenId: string, query: UsageQueryDto): Promise<TokenUsageDto> {
    const token = await this.tokenRows.find(null, tokenId, null);
    if (token === null) throw refusal('token.not_found');
    return this.ofExisting(null, token.id, query);
  }

  async ofBusiness({ businessId }: BusinessCaller, query: UsageQueryDto): Promise<UsageDto> {
    const stretch = this.stretchOf(query);
    return this.shown(stretch, await this.usage.ofBusiness(businessId, stretch));
  }

  async ofAll(query: UsageQueryDto): Promise<UsageDto> {
    const stretch = this.stretchOf(query);
    return this.shown(stretch, await this.usage.ofAll(stretch));
  }

  private async ofExisting(
    businessId: string | null,
    tokenId: string,
    query: UsageQueryDto,
  ): Promise<TokenUsageDto> {
    const stretch = this.stretchOf(query);
    const [hours, addresses, userAgents, asked] = await Promise.all([
      this.usage.ofToken(businessId, tokenId, stretch),
      this.usage.addresses(businessId, tokenId),
      this.usage.userAgents(businessId, tokenId),
      businessId === null ? null : this.usage.askedScopes(businessId, [tokenId]),
    ]);
    const { scopes, unsaidAt } = asked?.get(tokenId) ?? { scopes: [], unsaidAt: null };
    return {
      ...this.shown(stretch, hours),
      addresses: addresses.map((seen) => ({ address: seen.value, ...times(seen) })),
      user_agents: userAgents.map((seen) => ({ user_agent: seen.value, ...times(seen) })),
      asked_scopes: scopes.map((scope) => AskedScopeDto.from(scope)),
      scopes_unsaid_at: unsaidAt?.toISOString() ?? null,
    };
  }

  /** @throws DomainError `input.invalid` when the period is empty or longer than one answer may cover */
  private stretchOf({ since: from, until: to }: UsageQueryDto): Stretch {
    const until = to === undefined ? new Date(this.clock.nowMs()) : new Date(to);
    const sinceMs = from === undefined ? until.getTime() - HOURS_DEFAULT * HOUR_MS : new Date(from).getTime();
    const since = new Date(hourOf(sinceMs));
    if (sinceMs >= until.getTime()) throw invalid('until should be later than since');
    if (until.getTime() - since.getTime() > (HOURS_MAX + 1) * HOUR_MS)
      throw invalid(`until should be at most ${HOURS_MAX} hours after since`);
    return { since, until };
  }

  private shown({ since, until }: Stretch, rows: readonly HourRow[]): UsageDto {
    return {
      recording: this.config.recording,
      since: since.toISOString(),
      until: until.toISOString(),
      verdicts: countsOf((outcome) => rows.reduce((sum, row) => sum + row[outcome], 0)),
      hours: rows.map((row) => ({
        hour: row.hour.toISOString(),
        verdicts: countsOf((outcome) => row[outcome]),
      })),
    };
  }
}

function countsOf(count: (outcome: keyof UsageCounts) => number): UsageCountsDto {
  return Object.fromEntries(USAGE_OUTCOMES.map((outcome) => [outcome, count(outcome)])) as UsageCounts;
}

function times({ first_seen_at, last_seen_at }: SeenValue): { first_seen_at: string; last_seen_at: string } {
  return { first_seen_at: first_seen_at.toISOString(), last_seen_at: last_seen_at.toISOString() };
}

function invalid(msg: string): Error {
  return invalidInput(['query', 'until'], msg);
}
