import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CursorPosition, PageDirection } from '../../common/page.js';
import { poolOf, queryPreparedOn, type Prepared } from '../../database/prepared.js';
import { PLATFORM_ROWS } from '../../database/row-access.js';
import type { OwnerFilter } from '../token-owner.js';
import { tokenFrom, type TokenRow } from '../token-rows.sql.js';
import { sortValueOf, type Sortable, type TokenSort } from '../token-sort.js';
import type { Token } from '../token.entity.js';
import {
  filteringConditions,
  indexedConditions,
  isInOneIndex,
  type Parameter,
  type Selection,
} from './selector.sql.js';
import type { TokenSelector } from './token-selector.js';
import {
  lastLookedAt,
  orderOf,
  ROWS_LOOKED_AT_MAX,
  stretchesOf,
  walk,
  type Stretch,
} from './token-walk.sql.js';

/** Reading so many rows takes the event loop a few milliseconds. */
const PART_ROWS = 100;

export interface TokenSelection {
  owner: OwnerFilter;
  selector: TokenSelector;
  includeRevoked: boolean;
}

export interface TokenPageQuery extends TokenSelection {
  sort: TokenSort;
  descending: boolean;
  direction: PageDirection;
  limit: number;
  after: CursorPosition | null;
  /** Whether a page may be short, with a position to continue from, instead of reading any number of rows. */
  isBounded: boolean;
}

export interface TokenRows {
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
      isBounded: false,
    });
    return tokens;
  }

  /** Reads all rows that the index gives. */
  async count(businessId: string, selection: TokenSelection): Promise<number> {
    const whole = { ...selection, businessId, sort: null };
    const [row] = await this.read<{ count: number }>(whole, (parameter) => {
      const conditions = [...indexedConditions(whole, parameter), ...filteringConditions(whole, parameter)];
      return `SELECT count(*)::int AS count FROM tokens t WHERE ${conditions.join(' AND ')}`;
    });
    return row?.count ?? 0;
  }

  private async part(
    businessId: string | null,
    query: TokenPageQuery,
    stretch: Stretch,
    wanted: number,
  ): Promise<Part> {
    const selection = { ...query, businessId };
    const lookedAt = query.isBounded ? ROWS_LOOKED_AT_MAX : null;
    const rows = await this.read<TokenRow>(selection, (parameter) =>
      walk(stretch, selection, wanted, lookedAt, parameter),
    );
    const tokens = rows.map(tokenFrom);
    const last = tokens.at(-1);
    if (tokens.length === wanted) return { tokens, goesOnAt: positionOf(last as Token, query.sort) };
    const isAsked = filteringConditions(selection, () => '').length > 0;
    const [edge] =
      lookedAt === null || !isAsked
        ? []
        : await this.read<Sortable>(selection, (parameter) =>
            lastLookedAt(stretch, selection, lookedAt, parameter),
          );
    // Continues after the last row that was found: rows that were added meanwhile may have moved the limit before it.
    return { tokens, goesOnAt: edge === undefined ? null : positionOf(last ?? edge, query.sort) };
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

function positionOf(token: Sortable, sort: TokenSort): CursorPosition {
  return { sort, value: sortValueOf(token, sort), id: token.id };
}
