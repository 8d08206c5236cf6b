import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CursorPosition, PageDirection } from '../../common/page.js';
import { poolOf, queryPreparedOn } from '../../database/prepared.js';
import { PLATFORM_ROWS } from '../../database/row-access.js';
import type { OwnerFilter } from '../token-owner.js';
import { tokenFrom, type TokenRow } from '../token-rows.sql.js';
import { sortValueOf, type Sortable, type TokenSort } from '../token-sort.js';
import type { Token } from '../token.entity.js';
import { filteringConditions, indexedConditions, type Parameter } from './selector.sql.js';
import type { TokenSelector } from './token-selector.js';
import { lastLookedAt, orderOf, stretchesOf, walk, type Stretch } from './token-walk.sql.js';

/** Reading so many rows takes the event loop a few milliseconds. */
const PART_ROWS = 100;
/** So many rows are asked, for each part, what no index answers: some ten milliseconds of the database. */
export const ROWS_LOOKED_AT_MAX = 5000;

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
  /** Whether a page may come out short, with a position to go on from, rather than look at any number of rows. */
  isBounded: boolean;
}

export interface TokenRows {
  /** One more than the limit when there are more, in the reading direction: see cutPage. */
  tokens: Token[];
  /** Where the search goes on that has looked at as many rows as a page may, and found less than one; null: that is all. */
  goesOnAt: CursorPosition | null;
}

interface Part {
  tokens: Token[];
  /** null: it came to the end of its stretch. */
  goesOnAt: CursorPosition | null;
}

/** Tokens of a business (null: of the platform) in the orders of lists, by selectors. Secrets and digests never come out. */
@Injectable()
export class TokenPagesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Read in parts, each from the last row of the one before, as the pages themselves are. */
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

  /** Looks at all that an index leads to. */
  async count(businessId: string, selection: TokenSelection): Promise<number> {
    const [row] = await this.read<{ count: number }>(businessId, selection, (parameter) => {
      const whole = { ...selection, businessId, sort: null };
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
    const rows = await this.read<TokenRow>(businessId, query, (parameter) =>
      walk(stretch, selection, wanted, lookedAt, parameter),
    );
    const tokens = rows.map(tokenFrom);
    const last = tokens.at(-1);
    if (tokens.length === wanted) return { tokens, goesOnAt: positionOf(last as Token, query.sort) };
    const isAsked = filteringConditions(selection, () => '').length > 0;
    const [edge] =
      lookedAt === null || !isAsked
        ? []
        : await this.read<Sortable>(businessId, query, (parameter) =>
            lastLookedAt(stretch, selection, lookedAt, parameter),
          );
    // Behind the last that was found: what has come since may have moved the edge before it.
    return { tokens, goesOnAt: edge === undefined ? null : positionOf(last ?? edge, query.sort) };
  }

  /** What is asked without a selector is planned once a session, what is asked with one each time, by its values. */
  private read<Row>(
    businessId: string | null,
    { selector }: TokenSelection,
    textOf: (parameter: Parameter) => string,
  ): Promise<Row[]> {
    const values: unknown[] = [];
    const text = textOf((value) => `$${values.push(value)}`);
    const isPlain = Object.keys(selector).length === 0;
    const name = isPlain ? `tokens_page_${hash('sha256', text).slice(0, 24)}` : '';
    const rowAccess = businessId ?? PLATFORM_ROWS;
    return queryPreparedOn<Row>(poolOf(this.dataSource), { name, text, rowAccess }, values);
  }
}

function positionOf(token: Sortable, sort: TokenSort): CursorPosition {
  return { sort, value: sortValueOf(token, sort), id: token.id };
}
