import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, sql, type TestDatabase } from './databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from './factories.js';
import { backdate, SEALS_ON_REQUEST, tamper } from './old-events.js';
import { startRescind, type RescindProcess } from './rescind-process.js';
import { changeToken } from './token-mac.js';
import { waitFor } from './wait-for.js';

export const RETENTION = '/api/v1/audit/retention';
const NEVER_MS = '86400000';

/** A database and an archive directory whose applications drop when they are told to, and at no other time. */
export class RetentionHouse {
  private constructor(
    readonly database: TestDatabase,
    readonly directory: string,
    readonly app: RescindProcess,
  ) {}

  static async open(): Promise<RetentionHouse> {
    const database = await freshDatabase();
    const directory = await mkdtemp(join(tmpdir(), 'rescind-archive-'));
    const app = await startRescind({
      databaseUrl: database.url,
      env: { ...SEALS_ON_REQUEST, RESCIND_AUDIT_RETENTION_MS: NEVER_MS },
    });
    return new RetentionHouse(database, directory, app);
  }

  async close(): Promise<void> {
    await this.app.stop();
    await this.database.drop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Another process, whose rounds of retention follow each other at once. */
  startApplier(env: Record<string, string> = {}): Promise<RescindProcess> {
    return startRescind({
      databaseUrl: this.database.url,
      env: {
        ...SEALS_ON_REQUEST,
        RESCIND_AUDIT_RETENTION_MS: '200',
        RESCIND_AUDIT_ARCHIVE_DIR: this.directory,
        ...env,
      },
    });
  }

  /** Runs an applier until `done` holds. */
  async applyUntil(done: () => Promise<boolean>, env: Record<string, string> = {}): Promise<void> {
    const applier = await this.startApplier(env);
    try {
      await waitFor('retention to be applied', done);
    } finally {
      await applier.stop();
    }
  }

  /** See anOldLog. */
  aLog(dateOf: (sequence: number) => Date | null, months?: number): Promise<OldLog> {
    return anOldLog(this.database, this.app.url, dateOf, months);
  }

  /** Sequences of a log whose rows are there. */
  async sequences(logId: string): Promise<number[]> {
    const rows = await sql<{ sequence: string }>(
      this.database.superuserUrl,
      'SELECT sequence FROM audit_events WHERE business_id = $1 ORDER BY sequence',
      [logId],
    );
    return rows.map(({ sequence }) => Number(sequence));
  }

  async partitions(): Promise<string[]> {
    const rows = await sql<{ name: string }>(
      this.database.url,
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_events'::regclass`,
    );
    return rows.map(({ name }) => name);
  }

  /** Exports in the archive of a log. */
  async archives(logId: string): Promise<string[]> {
    const names = await readdir(join(this.directory, logId)).catch(() => []);
    return names.filter((name) => name !== 'SHA256SUMS');
  }
}

export interface OldLog {
  business: TestBusiness;
  /** Those that were revoked. */
  tokens: TestToken[];
  vkey: string;
  /** Signed before anything was dropped. */
  checkpoint: string;
}

/**
 * A sealed log: two revoked tokens among its first events, which are as old as `dateOf` says; under a policy of so many months.
 * @param url of a process with SEALS_ON_REQUEST
 */
export async function anOldLog(
  database: TestDatabase,
  url: string,
  dateOf: (sequence: number) => Date | null,
  months?: number,
): Promise<OldLog> {
  const business = await aBusiness({ url });
  const tokens: TestToken[] = [];
  for (let i = 0; i < 2; i += 1) {
    const token = await aToken(business);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'left' });
    tokens.push(token);
  }
  for (let i = 0; i < 2; i += 1) await aToken(business);
  await backdate(database, business.id, dateOf);
  if (months !== undefined) await business.api.put(RETENTION, { months });
  const { vkey } = (await business.api.get('/api/v1/audit/key')).body as { vkey: string };
  const checkpoint = (await business.api.get<string>('/api/v1/audit/checkpoint')).body;
  return { business, tokens, vkey, checkpoint };
}

/** Has the revoked tokens of an old log, and their owners, be as old as the events that tell of them. */
export async function madeThen(
  database: TestDatabase,
  { tokens }: OldLog,
  dates: readonly Date[],
): Promise<void> {
  for (const [index, { id }] of tokens.entries()) {
    const createdAt = (dates[index] as Date).toISOString();
    await changeToken(database.superuserUrl, id, `created_at = '${createdAt}'`);
    const owner = 'UPDATE members m SET created_at = $2 FROM tokens t WHERE t.id = $1 AND m.id = t.member_id';
    await tamper(database, owner, [id, createdAt]);
  }
}
