import type { EntityManager } from 'typeorm';

/** The id of a transaction that changes nothing and is committed at once. */
export async function emptyTransaction(manager: EntityManager): Promise<string> {
  const [row] = await manager.query<{ id: string }[]>('SELECT pg_current_xact_id()::text AS id');
  return row?.id ?? '0';
}
