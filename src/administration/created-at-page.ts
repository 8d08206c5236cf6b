import { isInstant } from '../common/instant.js';
import { cutPage, decodeCursor, type Page, type PageDirection } from '../common/page.js';

interface Dated {
  id: string;
  createdAt: Date;
}

export interface CreatedAtPageRequest {
  limit: number;
  cursor?: string | undefined;
  direction: PageDirection;
}

interface CreatedAtQuery {
  limit: number;
  ascending: boolean;
  after: { createdAt: string; id: string } | null;
}

const SORT = 'created_at asc';

/** One page of businesses, members or identities, oldest first. */
export async function createdAtPage<Row extends Dated>(
  request: CreatedAtPageRequest,
  read: (query: CreatedAtQuery) => Promise<Row[]>,
): Promise<Page<Row>> {
  const { limit, direction, cursor } = request;
  const position = cursor === undefined ? null : decodeCursor(cursor, SORT, isInstant);
  const after = position === null ? null : { createdAt: position.value, id: position.id };
  const rows = await read({ limit, ascending: direction === 'next', after });
  const positionOf = (row: Row) => ({ sort: SORT, value: row.createdAt.toISOString(), id: row.id });
  return cutPage(rows, { limit, direction, cursorGiven: after !== null, positionOf });
}
