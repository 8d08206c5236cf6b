import { Injectable } from '@nestjs/common';
import type { BusinessCaller } from '../../auth/caller.js';
import { ScopeDemands } from '../../auth/scope-demands.js';
import { KeptAnswers } from '../../common/kept-answers.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { VerifierCountsRepository, type VerifierCounts } from '../../verifiers/verifier-counts.repository.js';
import { readableTokens } from '../../token-rows/token-access.js';
import { UsageService } from '../usage/usage.service.js';
import type { UsageDto } from '../usage/usage.dto.js';
import type { TokenActivityDto, BoundedCountDto, OverviewDto, VerifierCountsDto } from './overview.dto.js';
import {
  type ActivityRow,
  type Counted,
  LOOKED_AT_MAX,
  OverviewRepository,
  type StockRow,
  type TokenCounts,
} from './overview.repository.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;
const VERDICT_HOURS = 48;
/** However many people look at it. */
const KEEP_MS = 3000;
const KEPT_MAX = 1000;

interface CountedTokens extends TokenCounts {
  countedAtMs: number;
}

/** What there is, in numbers. Whoever may read only their own tokens is told of these. */
@Injectable()
export class OverviewService {
  private readonly counts = new KeptAnswers<CountedTokens>(KEEP_MS, KEPT_MAX);
  private readonly verifierCounts = new KeptAnswers<VerifierCounts>(KEEP_MS, 1);

  constructor(
    private readonly overviews: OverviewRepository,
    private readonly verifiers: VerifierCountsRepository,
    private readonly usage: UsageService,
    private readonly demands: ScopeDemands,
    private readonly clock: DatabaseClock,
  ) {}

  async ofBusiness(caller: BusinessCaller): Promise<OverviewDto> {
    const counted = countedFor(caller);
    const counts = await this.count(counted);
    const mayReadLog = this.demands.holds(caller.principal, 'rescind:audit:read');
    const verdicts = mayReadLog ? await this.usage.ofBusiness(caller, this.lastHours()) : null;
    return this.shown(counted, counts, verdicts);
  }

  /** Of all businesses and of the platform. */
  async ofAll(): Promise<OverviewDto> {
    const counted: Counted = { reach: 'all' };
    const counts = await this.count(counted);
    return this.shown(counted, counts, await this.usage.ofAll(this.lastHours()));
  }

  private count(counted: Counted): Promise<CountedTokens> {
    return this.counts.of(JSON.stringify(counted), async () => {
      const countedAtMs = this.clock.nowMs();
      const since = new Date(dayOf(countedAtMs) - (DAYS - 1) * DAY_MS);
      return { ...(await this.overviews.count(counted, since, countedAtMs)), countedAtMs };
    });
  }

  /** This hour and the 47 before. */
  private lastHours(): { since: string } {
    return { since: new Date(this.clock.nowMs() - (VERDICT_HOURS - 1) * HOUR_MS).toISOString() };
  }

  private async shown(
    { reach }: Counted,
    { stock, issued, revoked, countedAtMs }: CountedTokens,
    verdicts: UsageDto | null,
  ): Promise<OverviewDto> {
    return {
      counted_at: new Date(countedAtMs).toISOString(),
      of: reach === 'all' || reach === 'business' ? 'all' : 'own',
      tokens: tokensIn(stock),
      issued: activityIn(issued, countedAtMs),
      revoked: activityIn(revoked, countedAtMs),
      verdicts,
      verifiers: await this.countedVerifiers(),
    };
  }

  private async countedVerifiers(): Promise<VerifierCountsDto> {
    const { registered, renewed, clientVerifiers } = await this.verifierCounts.of('', () =>
      this.verifiers.get(),
    );
    return { registered, renewed, client_verifiers: clientVerifiers };
  }
}

function countedFor(caller: BusinessCaller): Counted {
  const { businessId } = caller;
  const owner = readableTokens(caller);
  if (owner === null) return { reach: 'business', businessId };
  if ('memberId' in owner) return { reach: 'member', businessId, ownerId: owner.memberId };
  if ('identityId' in owner) return { reach: 'identity', businessId, ownerId: owner.identityId };
  if ('tokenId' in owner) return { reach: 'token', businessId, ownerId: owner.tokenId };
  throw new Error('whoever reads tokens of the platform reads all of the business');
}

function tokensIn(row: StockRow): OverviewDto['tokens'] {
  const isCut = (read: number): boolean => read > LOOKED_AT_MAX;
  const soon = isCut(row.soonRead);
  const endless = isCut(row.endlessRead);
  const some = soon || endless || isCut(row.laterRead);
  const counted = (count: number, exceeded: boolean): BoundedCountDto => ({ count, exceeded });
  return {
    active: counted(row.active, some),
    never_used: counted(row.neverUsed, some),
    never_expiring: counted(row.neverExpiring, endless),
    expiring: {
      within_1_day: counted(row.within1, soon),
      within_7_days: counted(row.within7, soon),
      within_30_days: counted(row.within30, soon),
    },
  };
}

/** All that was looked at is told; if there was more, only what is known to be whole. */
function activityIn({ read, allFrom, last24h, days }: ActivityRow, nowMs: number): TokenActivityDto {
  const wholeFromMs = read > LOOKED_AT_MAX ? (allFrom?.getTime() ?? Infinity) : -Infinity;
  const today = dayOf(nowMs);
  return {
    last_24_hours: { count: last24h, exceeded: wholeFromMs > nowMs - DAY_MS },
    days: Array.from({ length: DAYS }, (_, index) => today - (DAYS - 1 - index) * DAY_MS)
      .filter((dayMs) => dayMs >= wholeFromMs)
      .map((dayMs) => {
        const day = new Date(dayMs).toISOString().slice(0, 10);
        return { day, count: days?.[day] ?? 0 };
      }),
  };
}

/** The day (UTC) that a moment lies in, as its first millisecond. */
function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}
