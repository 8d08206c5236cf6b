import type { DataSource } from 'typeorm';

/** No event of a version without MACs has one: the oldest that has is of the first start of a later version. */
const FIRST_START = 'SELECT min(occurred_at) AS first FROM audit_events WHERE mac IS NOT NULL';
const EARLIER_ROWS = `
SELECT (SELECT count(*)::int FROM tokens WHERE mac IS NULL AND created_at < $1) AS tokens,
  (SELECT count(*)::int FROM audit_heads WHERE mac IS NULL AND size > 0) AS logs`;

interface EarlierRows {
  before: Date;
  tokens: number;
  logs: number;
}

/** What carries no MAC and is from before the first start that made some; null: nothing, or an adoption was noted already. */
export async function earlierRows(dataSource: DataSource): Promise<EarlierRows | null> {
  const [noted] = await dataSource.query<unknown[]>('SELECT FROM adoption');
  const [start] = await dataSource.query<{ first: Date | null }[]>(FIRST_START);
  const before = noted === undefined ? (start?.first ?? null) : null;
  if (before === null) return null;
  const [{ tokens, logs } = { tokens: 0, logs: 0 }] = await dataSource.query<
    { tokens: number; logs: number }[]
  >(EARLIER_ROWS, [before]);
  return tokens + logs === 0 ? null : { before, tokens, logs };
}

/** As the owner of the schema. */
export async function noteAdoptionDue(dataSource: DataSource, before: Date): Promise<void> {
  await dataSource.query('INSERT INTO adoption (due_since) VALUES ($1)', [before]);
}
