import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from '../../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

/** Makes rows of tokens say that they never ended, and the register of ends as well. */
export const tokensGoodAgain = (ids: readonly string[]): string => {
  const these = ids.map((id) => `'${id}'`).join(', ');
  return `UPDATE tokens SET revoked_at = NULL, revoked_by = NULL, revocation_reason = NULL, revoked_with = NULL
      WHERE id IN (${these}); DELETE FROM audit_token_ends WHERE token_id IN (${these})`;
};

/** An application of its own, whose database somebody with every right on it, but without the signing key, goes at. */
export class TamperedHouse {
  private constructor(
    readonly database: TestDatabase,
    readonly directory: string,
    private env: Record<string, string>,
    public app: RescindProcess,
  ) {}

  /** @param given undefined: one of the test run's own server */
  static async start(env: Record<string, string> = {}, given?: TestDatabase): Promise<TamperedHouse> {
    const [database, directory] = [
      given ?? (await freshDatabase()),
      await mkdtemp(join(tmpdir(), 'rescind-tampering-')),
    ];
    const settings = { RESCIND_SEAL_MS: '200', RESCIND_AUDIT_SAMPLE_ROWS: '500', ...env };
    const app = await startRescind({ databaseUrl: database.url, env: settings });
    const house = new TamperedHouse(database, directory, settings, app);
    await app.ready();
    return house;
  }

  /** Of the process, beside those that every test application has. */
  get settings(): Readonly<Partial<Record<string, string>>> {
    return this.env;
  }

  /** Ends the process, does `meanwhile`, and starts another. */
  async restart(meanwhile: () => Promise<void>, env: Record<string, string> = {}): Promise<void> {
    await this.app.stop();
    await meanwhile();
    this.env = { ...this.env, ...env };
    this.app = await startRescind({ databaseUrl: this.database.url, env: this.env });
  }

  async end(): Promise<void> {
    await this.app.kill();
    await this.database.drop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** As the superuser, with all triggers silenced; statements separated by semicolons. */
  async tamper(statements: string): Promise<void> {
    const url = new URL(this.database.superuserUrl);
    url.searchParams.set('options', '-c session_replication_role=replica');
    await sql(url.href, statements);
  }

  async rows<Row>(statement: string, values: unknown[] = []): Promise<Row[]> {
    return sql<Row>(this.database.superuserUrl, statement, values);
  }

  /** A business as the platform sees it now; the process may be another than the one that made it. */
  as(business: TestBusiness): TestBusiness {
    return { id: business.id, api: new Api(this.app.url).within(business.id) };
  }

  async aLog(tokens = 3): Promise<TestBusiness & { tokens: TestToken[] }> {
    const business = await aBusiness({ url: this.app.url });
    const made: TestToken[] = [];
    for (let i = 0; i < tokens; i += 1) made.push(await aToken(business));
    return { ...business, tokens: made };
  }

  /** Once all that is recorded of a log is sealed: its size. */
  async sealed(logId: string): Promise<number> {
    return waitFor('the log to be sealed', async () => {
      const [row] = await this.rows<{ size: string; head: string }>(
        'SELECT t.size, h.size AS head FROM audit_trees t JOIN audit_heads h USING (business_id) WHERE business_id = $1',
        [logId],
      );
      return row !== undefined && row.size === row.head ? Number(row.size) : undefined;
    });
  }

  /** Whether it is ready, and knows of no fault of any log. */
  async isUnharmed(): Promise<boolean> {
    const { status, text } = await exchange(this.app.url, { method: 'GET', path: '/health/ready' });
    return (
      status === 200 && (JSON.parse(text) as { integrity: { detail: unknown } }).integrity.detail === null
    );
  }

  /**
   * Resolves once the process says that the log is not what it wrote: readiness tells of it, the process names the fault in its own log,
   * and has recorded it in the platform's log.
   */
  async alarm(fault: string, logId?: string): Promise<void> {
    await waitFor(
      `the fault ${fault} to be named`,
      () => this.app.logs().includes(`"${fault}"`) || undefined,
    );
    await waitFor('readiness to tell of it', async () => !(await this.isUnharmed()) || undefined);
    await waitFor('the event in the log of the platform', async () => {
      const found = await this.rows<{ details: { fault: string; log: string } }>(
        `SELECT details FROM audit_events WHERE business_id = '00000000-0000-0000-0000-000000000000' AND action = 'integrity.violated'`,
      );
      return (
        found.some(
          ({ details }) => details.fault === fault && (logId === undefined || details.log === logId),
        ) || undefined
      );
    });
  }
}
