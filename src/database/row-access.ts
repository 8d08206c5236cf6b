import { type DataSource, EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';

/**
 * Whose rows a statement may read and write. The policies of the tables read it from the setting `app.business_id`:
 * the id of one business, PLATFORM_ROWS or EVERY_BUSINESS. A session without it can read and write none.
 */
export type RowAccess = string;

/** The rows of the platform itself: its tokens and its log. */
export const PLATFORM_ROWS: RowAccess = NIL_UUID;

/** For work that belongs to no business, or has to find out to which. */
export const EVERY_BUSINESS: RowAccess = '*';

export const ROW_ACCESS_SETTING = 'app.business_id';

/** A session of a pool on which each statement, or the transaction that it begins, has this access. */
interface SessionWithAccess {
  rowAccess: RowAccess | undefined;
}

/**
 * Runs `work` on a session that can read and write only the rows of one business (null: of the platform itself),
 * whatever its statements say. Costs no round trip.
 * @param on a data source; or the manager of a transaction, which has that access already
 * @param work given a manager whose statements, and whose transactions, all run on that session
 */
export function inBusiness<Result>(
  on: DataSource | EntityManager,
  businessId: string | null,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  return on instanceof EntityManager ? work(on) : withAccess(on, businessId ?? PLATFORM_ROWS, work);
}

/** The same with the rows of some businesses, a few: each row is compared with each of them. */
export function inBusinesses<Result>(
  dataSource: DataSource,
  businessIds: readonly string[],
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  return withAccess(dataSource, businessIds.join(','), work);
}

/** The same with the rows of every business. */
export function acrossBusinesses<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  return withAccess(dataSource, EVERY_BUSINESS, work);
}

/**
 * Allows the rest of a transaction to read and write the rows of every business; a change that begins in it revokes
 * that.
 */
export async function seeEveryBusiness(session: {
  query(statement: string, values: unknown[]): Promise<unknown>;
}): Promise<void> {
  await session.query('SELECT set_config($1, $2, true)', [ROW_ACCESS_SETTING, EVERY_BUSINESS]);
}

async function withAccess<Result>(
  dataSource: DataSource,
  access: RowAccess,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  const session = (await runner.connect()) as SessionWithAccess;
  session.rowAccess = access;
  try {
    return await work(runner.manager);
  } finally {
    session.rowAccess = undefined;
    await runner.release();
  }
}
