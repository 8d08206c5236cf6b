import type { Client, Pool, PoolClient } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import type { RowAccess } from './row-access.js';

/** A statement that PostgreSQL parses and plans once per session: planning costs more than running it. */
export interface Prepared {
  name: string;
  text: string;
  /** After this time it fails; undefined: as the session is configured. */
  timeoutMs?: number;
  /** Whose rows it may read and write outside a transaction; undefined: as the session is configured. */
  rowAccess?: RowAccess;
  /**
   * Whether it is planned once a session, along an index that gives its order, whatever its values: for statements with a
   * name, a `rowAccess` and one such index. Else PostgreSQL decides by the values, for each call where they matter.
   */
  isPlannedInOrder?: boolean;
  /** Whether its transaction ends with it: it resolves once the COMMIT is acknowledged, which is sent in the same message. */
  commits?: boolean;
}

/**
 * An array parameter whose length the planner ignores. As long as the planner expects fewer rows for the arrays of a
 * call than for arrays in general, PostgreSQL plans the statement again for each call.
 */
export const anyNumberOf = (parameter: string): string => `(SELECT ${parameter})`;

/** A look-up by an index takes a millisecond; one that takes this long will not be answered at all. */
export const LOOK_UP_MS_MAX = 2000;

/** What a statement can be run on. */
export type Session = Pick<Client | Pool | PoolClient, 'query'>;

/** Runs `statement` on `session`. */
export async function queryPreparedOn<Row>(
  session: Session,
  { timeoutMs, ...statement }: Prepared,
  values: unknown[],
): Promise<Row[]> {
  const sent = [...values];
  const query = {
    ...statement,
    values: sent,
    ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }),
  };
  const result = await session.query(query);
  emptied(sent);
  return result.rows as Row[];
}

/**
 * Removes what a list refers to, even if somebody still refers to the list. If statements follow each other, the promise of
 * each one keeps its rows and values through young garbage collections, and each collection copies them.
 */
export function emptied(list: unknown[]): void {
  list.length = 0;
}

/**
 * Runs a small statement on any session of the pool. Answers or fails within its `timeoutMs` (2 s by default),
 * including the wait for a session: nobody waits long for a verdict because the network does not respond (R5).
 */
export function queryPrepared<Row>(
  dataSource: DataSource,
  statement: Prepared,
  values: unknown[],
): Promise<Row[]> {
  const { timeoutMs = LOOK_UP_MS_MAX } = statement;
  return withTimeout(
    timeoutMs,
    queryPreparedOn<Row>(poolOf(dataSource), { ...statement, timeoutMs }, values),
  );
}

/** The result of `work`, unless it takes longer. @throws Error `timeout expired`, as the driver does */
export function withTimeout<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timeout expired')), timeoutMs);
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Runs `statement` inside the transaction of `manager`. */
export async function queryPreparedIn<Row>(
  manager: EntityManager,
  statement: Prepared,
  values: unknown[],
): Promise<Row[]> {
  return queryPreparedOn<Row>(await sessionOf(manager), statement, values);
}

/** The session on which the transaction of `manager` runs. */
export async function sessionOf(manager: EntityManager): Promise<PoolClient> {
  const session = (await manager.queryRunner?.connect()) as PoolClient | undefined;
  if (session === undefined) throw new Error('this statement belongs inside a transaction');
  return session;
}

export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { master: Pool }).master;
}
