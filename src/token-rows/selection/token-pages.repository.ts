import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TOTAL_MAX, totalOf, type CursorPosition, type Page, type PageDirection } from '../../common/page.js';
import { poolOf, queryPreparedOn, type Prepared } from '../../database/prepared.js';
import { PLATFORM_ROWS } from '../../database/row-access.js';
import type { OwnerFilter } from '../token-owner.js';
import { tokenFrom, type TokenRow } from '../token-rows.sql.js';
import { sortValueOf, type Sortable, type TokenSort } from '../token-sort.js';
import type { Token } from '../token.entity.js';
import { filteringConditions, isInOneIndex, type Parameter, type Selection } from './selector.sql.js';
import type { TokenSelector } from './token-selector.js';
import {
  COUNTED,
  lastLookedAt,
  looksAtNames,
  orderOf,
  rowsOf,
  stretchesOf,
  walk,
  type NamedRow,
  type Stretch,
  type WalkBounds,
} from './token-walk.sql.js';

/** Reading so many rows takes the event loop a few milliseconds. */
const PART_ROWS = 100;

interface TokenSelection {
  owner: OwnerFilter;
  selector: TokenSelector;
  includeRevoked: boolean;
}

interface TokenPageQuery extends TokenSelection {
  sort: TokenSort;
  descending: boolean;
  direction: PageDirection;
  limit: number;
  after: CursorPosition | null;
  /** From where on a page is short, with a position to continue from; null: it reads any number of rows. */
  bounds: WalkBounds | null;
}

interface TokenRows {
  /** One more than the limit when there are more, in the reading direction: see cutPage. */
  tokens: Token[];
  /**
   * Where the search continues if it has read the maximum of rows and the page is not full; null: there are no more.
   */
  goesOnAt: CursorPosition | null;
}

interface Part {
  tokens: Token[];
  /** null: it reached the end of its range. */
  goesOnAt: CursorPosition | null;
}

/**
 * Tokens of a business (null: of the platform) by selector, in the sort orders of lists. Never returns secrets or
 * digests.
 */
@Injectable()
export class TokenPagesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Read in parts, each from the last row of the previous part, like pages. */
  async page(businessId: string | null, query: TokenPageQuery): Promise<TokenRows> {
    const tokens: Token[] = [];
    for (const stretch of stretchesOf(query.sort, orderOf(query.descending, query.direction), query.after)) {
      if (isInVain(stretch, query.selector)) continue;
      for (let from = stretch; ;) {
        const wanted = Math.min(PART_ROWS, query.limit + 1 - tokens.length);
        const part = await this.part(businessId, query, from, wanted);
        tokens.push(...part.tokens);
        if (tokens.length > query.limit) return { tokens, goesOnAt: null };
        if (part.goesOnAt === null) break;
        if (part.tokens.length < wanted) return { tokens, goesOnAt: part.goesOnAt };
        from = { ...from, after: part.goesOnAt };
      }
    }
    return { tokens, goesOnAt: null };
  }

  /** The platform's own tokens, newest first: they are few. */
  async listOfPlatform(): Promise<Token[]> {
    const { tokens } = await this.page(null, {
      sort: 'created_at',
      descending: true,
      direction: 'next',
      limit: 999,
      selector: {},
      includeRevoked: true,
      owner: null,
      after: null,
      bounds: null,
    });
    return tokens;
  }

  /** Counted up to TOTAL_MAX, in the order of issue, as far as COUNTED reaches. */
  async total(
    businessId: string,
    selected: TokenSelection,
  ): Promise<Pick<Page<never>, 'total' | 'total_exceeded'>> {
    const selection = { ...selected, businessId, sort: 'created_at' as const };
    const newest: Stretch = { sort: 'created_at', order: 'DESC', isNull: false, after: null };
    const [row] = await this.read<{ count: number }>(selection, (parameter) => {
      const rows = rowsOf(newest, selection, TOTAL_MAX + 1, COUNTED, parameter);
      return `SELECT count(*)::int AS count FROM (${rows}) t`;
    });
    const { total, total_exceeded } = totalOf(row?.count ?? 0);
    const isWhole = total_exceeded || (await this.goesOn(newest, selection, COUNTED)) === null;
    return { total, total_exceeded: total_exceeded || !isWhole };
  }

  private async part(
    businessId: string | null,
    query: TokenPageQuery,
    stretch: Stretch,
    wanted: number,
  ): Promise<Part> {
    const selection = { ...query, businessId };
    const { bounds, sort } = query;
    const rows = await this.read<TokenRow & Partial<NamedRow>>(selection, (parameter) =>
      walk(stretch, selection, wanted, bounds, parameter),
    );
    const edge = rows.at(-1);
    const tokens = rows.filter(({ isFound }) => isFound !== false).map(tokenFrom);
    if (edge !== undefined && (tokens.length === wanted || edge.isLast === true))
      return { tokens, goesOnAt: positionOf(edge, sort) };
    const isWhole = bounds === null || looksAtNames(selection);
    return {
      tokens,
      goesOnAt: isWhole ? null : await this.goesOn(stretch, selection, bounds, tokens.at(-1)),
    };
  }

  /** Where a read of rows goes on that has found less than was wanted, `last` last; null: it has reached its end. */
  private async goesOn(
    stretch: Stretch,
    selection: Selection,
    bounds: WalkBounds,
    last?: Token,
  ): Promise<CursorPosition | null> {
    if (filteringConditions(selection, () => '').length === 0) return null;
    const [edge] = await this.read<Sortable>(selection, (parameter) =>
      lastLookedAt(stretch, selection, bounds, parameter),
    );
    // Continues after the last row that was found: rows that were added meanwhile may have moved the limit before it.
    return edge === undefined ? null : positionOf(last ?? edge, stretch.sort);
  }

  /**
   * Lists without a selector are prepared once a session, and planned once where one index gives both their tokens and
   * their order; those with a selector are planned each time, by its values.
   */
  private read<Row>(selection: Selection, textOf: (parameter: Parameter) => string): Promise<Row[]> {
    const values: unknown[] = [];
    const text = textOf((value) => `$${values.push(value)}`);
    const isPlain = Object.keys(selection.selector).length === 0;
    const name = isPlain ? `tokens_page_${hash('sha256', text).slice(0, 24)}` : '';
    const statement: Prepared = {
      name,
      text,
      rowAccess: selection.businessId ?? PLATFORM_ROWS,
      isPlannedInOrder: isInOneIndex(selection),
    };
    return queryPreparedOn<Row>(poolOf(this.dataSource), statement, values);
  }
}

/** What has no name is not found by one. */
function isInVain({ sort, isNull }: Stretch, { name }: TokenSelector): boolean {
  return isNull && sort === 'name' && name !== undefined;
}

function positionOf(token: Sortable, sort: TokenSort): CursorPosition {
  return { sort, value: sortValueOf(token, sort), id: token.id };
}
