import { eventOf, type StoredEvent } from '../../src/audit/trail/stored-event.js';
import { canonicalEvent } from '../../src/log-format/canonical-event.js';
import { leafHash } from '../../src/log-format/transparency/merkle-tree.js';
import { sql, type TestDatabase } from './databases.js';
import { macOf } from './event-mac.js';

/** Settings of an application that seals when it is asked to and at no other time, so that events can be backdated first. */
export const SEALS_ON_REQUEST = { RESCIND_SEAL_MS: '3600000' };

/** A day in the middle of the month that was so many months ago, UTC. */
export function monthAgo(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15, 12));
}

/** As events and partitions name it: `2026-01`. */
export function monthName(date: Date): string {
  return date.toISOString().slice(0, 7);
}

/** What the database's superuser can do with the log, triggers silenced. */
export async function tamper(database: TestDatabase, statement: string, values: unknown[]): Promise<void> {
  const url = new URL(database.superuserUrl);
  url.searchParams.set('options', '-c session_replication_role=replica');
  await sql(url.href, statement, values);
}

/** Makes the partition of a month, as it would have been made at the time. */
export async function ensurePartition(database: TestDatabase, month: Date): Promise<string> {
  const name = `audit_events_${monthName(month).replace('-', '_')}`;
  const [from, to] = [0, 1].map((ahead) =>
    new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + ahead, 1)).toISOString(),
  );
  await sql(
    database.url,
    `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF audit_events FOR VALUES FROM ('${from}') TO ('${to}');
     CREATE OR REPLACE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()`,
  );
  return name;
}

/**
 * Makes events of a log as if they had been recorded then, leaf hashes, MACs and revoked tokens included; null leaves one as it is. None of them
 * may be sealed yet.
 */
export async function backdate(
  database: TestDatabase,
  logId: string,
  dateOf: (sequence: number) => Date | null,
): Promise<void> {
  const rows = await sql<StoredEvent & { is_sealed: boolean }>(
    database.superuserUrl,
    `SELECT e.*, e.sequence <= coalesce((SELECT size FROM audit_trees t WHERE t.business_id = e.business_id), 0) AS is_sealed
     FROM audit_events e WHERE e.business_id = $1 ORDER BY e.sequence`,
    [logId],
  );
  for (const row of rows) {
    const occurredAt = dateOf(Number(row.sequence));
    if (occurredAt === null) continue;
    if (row.is_sealed) throw new Error(`event ${row.sequence} is sealed already`);
    const leaf = leafHash(canonicalEvent(eventOf({ ...row, occurred_at: occurredAt })));
    await tamper(
      database,
      'UPDATE audit_events SET occurred_at = $3, leaf_hash = $4, mac = $5 WHERE business_id = $1 AND sequence = $2',
      [logId, row.sequence, occurredAt, leaf, macOf(logId, Number(row.sequence), leaf)],
    );
    await tamper(
      database,
      'UPDATE audit_sequences SET occurred_at = $3 WHERE business_id = $1 AND sequence = $2',
      [logId, row.sequence, occurredAt],
    );
    if (row.action === 'token.revoked')
      await tamper(database, 'UPDATE tokens SET revoked_at = $2 WHERE id = $1', [row.target_id, occurredAt]);
  }
}
