import type { Client, Pool, PoolClient } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

/** A statement that PostgreSQL parses and plans once per session: planning costs more than running it. */
export interface Prepared {
  name: string;
  text: string;
}

type Session = Pick<Client | Pool | PoolClient, 'query'>;

async function run<Row>(session: Session, statement: Prepared, values: unknown[]): Promise<Row[]> {
  const result = await session.query({ ...statement, values });
  return result.rows as Row[];
}

/** Runs `statement` on any session of the pool. */
export function queryPrepared<Row>(
  dataSource: DataSource,
  statement: Prepared,
  values: unknown[],
): Promise<Row[]> {
  return run<Row>((dataSource.driver as unknown as { master: Pool }).master, statement, values);
}

/** Runs `statement` inside the transaction of `manager`. */
export async function queryPreparedIn<Row>(
  manager: EntityManager,
  statement: Prepared,
  values: unknown[],
): Promise<Row[]> {
  const session = (await manager.queryRunner?.connect()) as PoolClient | undefined;
  if (session === undefined) throw new Error('this statement belongs inside a transaction');
  return run<Row>(session, statement, values);
}
