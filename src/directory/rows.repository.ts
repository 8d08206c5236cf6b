import type { EntityManager, FindOptionsWhere, QueryDeepPartialEntity, SelectQueryBuilder } from 'typeorm';
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

export interface CreatedAtQuery {
  limit: number;
  ascending: boolean;
  after: { createdAt: string; id: string } | null;
}

const SORT = 'created_at asc';

/** One page of businesses, members or identities, oldest first, as `shown` shows each. */
export async function createdAtPage<Row extends Dated, Shown>(
  request: CreatedAtPageRequest,
  read: (query: CreatedAtQuery) => Promise<Row[]>,
  shown: (row: Row) => Shown,
): Promise<Page<Shown>> {
  const { limit, direction, cursor } = request;
  const position = cursor === undefined ? null : decodeCursor(cursor, SORT, isInstant);
  const after = position === null ? null : { createdAt: position.value, id: position.id };
  const rows = await read({ limit, ascending: direction === 'next', after });
  const positionOf = (row: Row) => ({ sort: SORT, value: row.createdAt.toISOString(), id: row.id });
  const page = cutPage(rows, { limit, direction, cursorGiven: after !== null, positionOf });
  return { ...page, items: page.items.map(shown) };
}

/** Newest first or last, from after `after` on; one row more than `limit` when there are more. To be narrowed by whoever asks. */
export function createdAtRows<Row extends Dated>(
  manager: EntityManager,
  entity: new () => Row,
  { limit, ascending, after }: CreatedAtQuery,
): SelectQueryBuilder<Row> {
  const order = ascending ? 'ASC' : 'DESC';
  return manager
    .createQueryBuilder(entity, 'r')
    .where(
      after === null ? 'true' : `(r.created_at, r.id) ${ascending ? '>' : '<'} (:createdAt, :id)`,
      after ?? {},
    )
    .orderBy('r.created_at', order)
    .addOrderBy('r.id', order)
    .limit(limit + 1);
}

/** Changes rows, now. @returns how many */
export async function changed<Row extends { updatedAt: Date }>(
  manager: EntityManager,
  entity: new () => Row,
  where: FindOptionsWhere<Row>,
  changes: QueryDeepPartialEntity<Row>,
): Promise<number> {
  const { affected } = await manager.update(entity, where, { ...changes, updatedAt: () => 'now()' });
  return affected ?? 0;
}
