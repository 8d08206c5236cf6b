import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { BusinessCaller } from '../auth/caller.js';
import type { Page } from '../common/page.js';
import { usageConfig } from '../config/usage.config.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { TokenInfoDto } from '../token-rows/dto/token-info.dto.js';
import { readableTokens } from '../token-rows/token-access.js';
import type { Token } from '../token-rows/token.entity.js';
import { AskedScopeDto } from '../insight/usage/usage.dto.js';
import { UsageReadsRepository, type AskedScopesOfToken } from '../insight/usage/usage-reads.repository.js';
import type { HygieneScopesDto, OverScopedTokenDto } from './hygiene-report.dto.js';
import { OverScopedCountsRepository } from './over-scoped-counts.repository.js';

/** Tells which scopes tokens were never asked for, and since when that is known (docs/adr/0076-asked-scopes.md). */
@Injectable()
export class OverScopedFinding {
  constructor(
    private readonly counts: OverScopedCountsRepository,
    private readonly usage: UsageReadsRepository,
    private readonly clock: DatabaseClock,
    @Inject(usageConfig.KEY) private readonly config: ConfigType<typeof usageConfig>,
  ) {}

  /** False where no usage is recorded. */
  get isKnown(): boolean {
    return this.config.recording !== 'off';
  }

  /** @param found over-scoped tokens; one that was asked for its last scope meanwhile is left out */
  async tell(
    caller: BusinessCaller,
    { items, next_cursor }: Page<Token>,
    askedDays: number,
  ): Promise<HygieneScopesDto> {
    const { businessId } = caller;
    const ids = items.map(({ id }) => id);
    const [asked, { count, hasOlder }] = await Promise.all([
      this.usage.askedScopes(businessId, ids),
      this.counts.count(businessId, readableTokens(caller), askedDays),
    ]);
    const nowMs = this.clock.nowMs();
    const told = items.map((token) => overScopedFrom(token, asked.get(token.id), nowMs));
    return { count, has_older: hasOlder, items: told.filter((item) => item !== null), next_cursor };
  }
}

/** null: it is not over-scoped, or nothing is known of it. */
function overScopedFrom(
  token: Token,
  asked: AskedScopesOfToken | undefined,
  nowMs: number,
): OverScopedTokenDto | null {
  if (asked === undefined || asked.scopes.length === 0) return null;
  const { scopes, unsaidAt } = asked;
  const names = new Set(scopes.map(({ scope }) => scope));
  const unused = token.scopes.filter((scope) => !names.has(scope));
  if (unused.length === 0) return null;
  const knownSinceMs = Math.min(...scopes.map(({ firstAskedAt }) => firstAskedAt.getTime()));
  return {
    token: TokenInfoDto.from(token, nowMs),
    status: unsaidAt === null ? 'over_scoped' : 'unknown',
    unused_scopes: unused,
    asked_scopes: scopes.map((scope) => AskedScopeDto.from(scope)),
    known_since: new Date(knownSinceMs).toISOString(),
    scopes_unsaid_at: unsaidAt?.toISOString() ?? null,
  };
}
