import type { EntityManager } from 'typeorm';

/** The id of a transaction that is committed as soon as it is given, and has changed nothing. */
export async function emptyTransaction(manager: EntityManager): Promise<string> {
  const [row] = await manager.query<{ id: string }[]>('SELECT pg_current_xact_id()::text AS id');
  return row?.id ?? '0';
}
