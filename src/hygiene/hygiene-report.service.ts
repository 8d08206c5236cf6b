import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { NIL as NIL_UUID } from 'uuid';
import type { BusinessCaller } from '../auth/caller.js';
import { refusal } from '../common/errors/domain-error.js';
import { isInstant } from '../common/instant.js';
import { decodeCursor, encodeCursor, type Page } from '../common/page.js';
import { BusinessesRepository } from '../directory/businesses/businesses.repository.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { TokenInfoDto } from '../token-rows/dto/token-info.dto.js';
import type { TokenSelector } from '../token-rows/selection/token-selector.js';
import { readableTokens } from '../token-rows/token-access.js';
import type { TokenSort } from '../token-rows/token-sort.js';
import type { Token } from '../token-rows/token.entity.js';
import { TokensService } from '../tokens/tokens.service.js';
import type {
  Finding,
  HygieneOwnersDto,
  HygieneQueryDto,
  HygieneReportDto,
  HygieneScopesDto,
  HygieneTokensDto,
  OverScopedTokenDto,
} from './hygiene-report.dto.js';
import {
  type CountedKind,
  type OwnerCount,
  HygieneCountsRepository,
  type OwnerPosition,
} from './hygiene-counts.repository.js';
import { usageConfig } from '../config/usage.config.js';
import { AskedScopeDto } from '../insight/usage/usage.dto.js';
import { type AskedScopesOfToken, UsageReadsRepository } from '../insight/usage/usage-reads.repository.js';

const UNUSED_DAYS_DEFAULT = 90;
/** A page of owners looks at so many of them, with up to a thousand tokens each. */
const OWNERS_LOOKED_AT = 50;
const OWNERS_SORT = 'owners';
const FIRST = '-infinity';

interface PageOfFinding {
  cursor: string | undefined;
  limit: number;
}

/** What stands out among the tokens that the caller may read. Each finding is a walk along an index, and bounded. */
@Injectable()
export class HygieneReportService {
  constructor(
    private readonly tokens: TokensService,
    private readonly counts: HygieneCountsRepository,
    private readonly businesses: BusinessesRepository,
    private readonly usage: UsageReadsRepository,
    private readonly clock: DatabaseClock,
    @Inject(usageConfig.KEY) private readonly config: ConfigType<typeof usageConfig>,
  ) {}

  /** @throws DomainError `cursor.invalid`; `input.invalid` for a cursor without its finding */
  async report(caller: BusinessCaller, query: HygieneQueryDto): Promise<HygieneReportDto> {
    const { finding, cursor, limit, owner_tokens_min: tokensMin, asked_days: askedDays } = query;
    if (cursor !== undefined && finding === undefined)
      throw refusal('input.invalid', {
        issues: [{ loc: ['query', 'finding'], msg: 'A cursor belongs to one finding', type: 'missing' }],
      });
    const unusedDays = query.unused_days ?? (await this.unusedDaysOf(caller.businessId));
    const isAsked = (which: Finding): boolean => finding === undefined || finding === which;
    const page = { cursor, limit };
    const report: HygieneReportDto = {
      unused_days: unusedDays,
      owner_tokens_min: tokensMin,
      asked_days: askedDays,
    };
    if (isAsked('never_expires'))
      report.never_expires = await this.found(caller, page, { neverExpires: true }, 'expires_at', true);
    if (isAsked('unused'))
      report.unused = await this.found(caller, page, { unusedDays }, 'last_used_at', false);
    if (isAsked('owners_with_many')) report.owners_with_many = await this.withMany(caller, page, tokensMin);
    if (isAsked('over_scoped')) report.over_scoped = await this.overScopedOf(caller, page, askedDays);
    return report;
  }

  private async unusedDaysOf(businessId: string): Promise<number> {
    const business = await this.businesses.find(businessId);
    return business?.tokenUnusedDaysMax ?? UNUSED_DAYS_DEFAULT;
  }

  private async found(
    caller: BusinessCaller,
    page: PageOfFinding,
    selector: TokenSelector,
    sort: TokenSort,
    descending: boolean,
  ): Promise<HygieneTokensDto> {
    const { items, next_cursor } = await this.active(caller, page, selector, sort, descending);
    const nowMs = this.clock.nowMs();
    return { items: items.map((token) => TokenInfoDto.from(token, nowMs)), next_cursor };
  }

  /**
   * Which scopes tokens were never asked for, and since when that is known (docs/adr/0076-asked-scopes.md); null where no usage is
   * recorded. A token that was asked for its last scope meanwhile is left out.
   */
  private async overScopedOf(
    caller: BusinessCaller,
    page: PageOfFinding,
    askedDays: number,
  ): Promise<HygieneScopesDto | null> {
    if (this.config.recording === 'off') return null;
    const selector = { overScopedDays: askedDays };
    const { items, next_cursor } = await this.active(caller, page, selector, 'created_at', true);
    const ids = items.map(({ id }) => id);
    const [asked, { count, hasOlder }] = await Promise.all([
      this.usage.askedScopes(caller.businessId, ids),
      this.counts.overScoped(caller.businessId, readableTokens(caller), askedDays),
    ]);
    const nowMs = this.clock.nowMs();
    const told = items.map((token) => overScopedFrom(token, asked.get(token.id), nowMs));
    return { count, has_older: hasOlder, items: told.filter((item) => item !== null), next_cursor };
  }

  private active(
    caller: BusinessCaller,
    page: PageOfFinding,
    selector: TokenSelector,
    sort: TokenSort,
    descending: boolean,
  ): Promise<Page<Token>> {
    return this.tokens.list(caller, {
      ...page,
      selector: { ...selector, status: 'active' },
      sort,
      descending,
      direction: 'next',
      includeRevoked: false,
      includeTotalCount: false,
      owner: null,
      isBounded: true,
    });
  }

  private async withMany(
    caller: BusinessCaller,
    { cursor, limit }: PageOfFinding,
    tokensMin: number,
  ): Promise<HygieneOwnersDto> {
    const found: OwnerCount[] = [];
    let looked = 0;
    let from: OwnerPosition | null = cursor === undefined ? firstOf('user') : positionIn(cursor);
    while (from !== null && found.length < limit && looked < OWNERS_LOOKED_AT) {
      const owners = await this.next(caller, from, OWNERS_LOOKED_AT - looked);
      looked += owners.length;
      const isLast: boolean = looked < OWNERS_LOOKED_AT;
      const many = owners.filter(({ activeTokens }) => activeTokens >= tokensMin);
      const taken = many.slice(0, limit - found.length);
      found.push(...taken);
      const edge: OwnerPosition | undefined = (taken.length < many.length ? taken : owners).at(-1)?.position;
      if (taken.length < many.length || !isLast) from = edge ?? null;
      else from = from.kind === 'user' ? firstOf('identity') : null;
    }
    return {
      items: found.map(({ owner, activeTokens, hasOlder }) => ({
        owner,
        active_tokens: activeTokens,
        has_older: hasOlder,
      })),
      next_cursor: from === null ? null : cursorOf(from),
    };
  }

  /** Somebody who reads their own tokens alone is the only owner there is. */
  private async next(caller: BusinessCaller, from: OwnerPosition, limit: number): Promise<OwnerCount[]> {
    const owner = readableTokens(caller);
    if (owner === null) return this.counts.nextOwners(caller.businessId, from, limit, null);
    const only = ownIdIn(owner, from.kind);
    return only === null ? [] : this.counts.nextOwners(caller.businessId, from, limit, only);
  }
}

function ownIdIn(owner: object, kind: CountedKind): string | null {
  if (kind === 'user') return 'memberId' in owner ? (owner.memberId as string) : null;
  return 'identityId' in owner ? (owner.identityId as string) : null;
}

function firstOf(kind: CountedKind): OwnerPosition {
  return { kind, createdAt: FIRST, id: NIL_UUID };
}

function cursorOf({ kind, createdAt, id }: OwnerPosition): string {
  return encodeCursor({ sort: `${OWNERS_SORT} ${kind}`, value: createdAt, id });
}

/** @throws DomainError `cursor.invalid` */
function positionIn(cursor: string): OwnerPosition {
  const isTime = (value: string): boolean => value === FIRST || isInstant(value);
  for (const kind of ['user', 'identity'] as const) {
    try {
      const { value, id } = decodeCursor(cursor, `${OWNERS_SORT} ${kind}`, isTime);
      return { kind, createdAt: value, id };
    } catch (error) {
      if (kind === 'identity') throw error;
    }
  }
  throw refusal('cursor.invalid');
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
