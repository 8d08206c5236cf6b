import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';

/** A statement and its parameters. */
export type Statement = [string, unknown[]?];

/** Runs the statements in one transaction, as the service or as the owner; its commit counts. Answers `done` or why not. */
export async function attempt(
  database: TestDatabase,
  statements: Statement[],
  as: 'service' | 'owner' = 'service',
): Promise<string> {
  const connectionString = as === 'owner' ? database.url : serviceUrlOf(database.url);
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`BEGIN; SET LOCAL app.business_id = '*'`);
    for (const [statement, values = []] of statements) await client.query(statement, values);
    await client.query('COMMIT');
    return 'done';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
}

/** An event that whoever may write events can make up. */
export function anEvent(logId: string, action: string, details: unknown): Statement {
  const line = {
    log: logId,
    id: randomUUID(),
    actor: { kind: 'system' },
    action,
    target: { kind: 'audit' },
    outcome: 'success',
    details,
    leaf: '',
    mac: '',
  };
  return [
    `SELECT audit_append(ARRAY[$1::uuid], '{1}', ARRAY[NULL::bytea], json_build_array($2::jsonb || jsonb_build_object(
       'sequence', coalesce((SELECT size FROM audit_heads WHERE business_id = $1::uuid), 0) + 1, 'occurred_at', now()::timestamptz(3))))`,
    [logId, JSON.stringify(line)],
  ];
}

export function aDrop(logId: string, first: unknown, last: unknown): Statement {
  return ['SELECT audit_drop_expired($1, $2, $3)', [logId, first, last]];
}

/** All that retention could change, to be compared. */
export function everything(database: TestDatabase): Promise<unknown> {
  return sql(
    database.url,
    `SELECT md5(string_agg(e::text, ',' ORDER BY business_id, sequence)) AS events, count(*),
       (SELECT jsonb_agg(to_jsonb(r) ORDER BY business_id) FROM audit_retention r) AS policies,
       (SELECT months FROM audit_retention_limit) AS minimum FROM audit_events e`,
  );
}
