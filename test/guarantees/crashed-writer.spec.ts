import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { LogRowsRepository } from '../../src/audit/sealing/log-rows.repository.js';
import { AppendedEvents } from '../../src/audit/trail/appended-events.js';
import { SYSTEM_CONTEXT, type AuditDraft } from '../../src/audit/trail/audit-draft.js';
import { AuditTrail, type RecordedEvent } from '../../src/audit/trail/audit-trail.js';
import { AuditWritability } from '../../src/audit/trail/audit-writability.js';
import { beginChange } from '../../src/audit/trail/begin-change.js';
import { EventMacs, HeadMacs } from '../../src/audit/trail/event-macs.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { sessionOf } from '../../src/database/prepared.js';
import { SigningKeys } from '../../src/secrets/signing-keys.js';
import { startRescind } from '../support/rescind-process.js';
import { runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { PostgresCluster } from './torture/postgres-cluster.mjs';

const ATTEMPTS_MAX = 5;
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const keys = new SigningKeys({ signingKey, retiredSigningKeys: [] });

/** After the death of one of its processes PostgreSQL gives out again the ids of transactions of which the disk knows nothing. */
describe('of the newest events, after PostgreSQL has recovered from the death of one of its processes,', () => {
  let directory: string;
  let cluster: PostgresCluster;
  let dataSource: DataSource;
  let rows: LogRowsRepository;
  let appended: AppendedEvents;
  let trail: AuditTrail;
  let log: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(runDirectory(), 'crashed-writer-'));
    chmodSync(directory, 0o711);
    // What nobody waits for stays in memory.
    cluster = await PostgresCluster.create(join(directory, 'cluster'), { wal_writer_delay: '10s' });
    // Makes the schema.
    const rescind = await startRescind({
      databaseUrl: cluster.url,
      env: { RESCIND_DATA_DIR: join(directory, 'data') },
    });
    await rescind.ready();
    await rescind.stop();
    dataSource = await new DataSource(dataSourceOptions({ url: cluster.url, poolMax: 2 })).initialize();
    rows = new LogRowsRepository(dataSource);
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await cluster?.stop('SIGQUIT');
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    log = randomUUID();
    appended = new AppendedEvents();
    const heads = new HeadMacs(keys, { adopts: false });
    trail = new AuditTrail(new AuditWritability(null as never), new EventMacs(keys), appended, heads);
  });

  const draft = (): AuditDraft => ({
    businessId: log,
    actor: SYSTEM_CONTEXT.actor,
    action: 'token.cut_off_marked',
    target: { kind: 'revocation', id: randomUUID() },
    reason: null,
    request: SYSTEM_CONTEXT.request,
    details: { tokens_revoked: 1 },
  });

  /** One event in a transaction of its own, which commits after `meanwhile`. */
  async function append(meanwhile: (event: RecordedEvent) => Promise<void>): Promise<void> {
    await dataSource.transaction(async (manager) => {
      const session = await sessionOf(manager);
      await beginChange(session, [log], []);
      const [event] = await trail.append([draft()], session);
      await meanwhile(event as RecordedEvent);
    });
  }

  /** Resolves when the server has noticed, ended every session and recovered. */
  async function killOneBackend(): Promise<void> {
    const [victim, bystander] = [0, 1].map(() => new pg.Client({ connectionString: cluster.url })) as [pg.Client, pg.Client]; // prettier-ignore
    for (const client of [victim, bystander]) {
      client.on('error', () => undefined);
      await client.connect();
    }
    // Its error, which comes first, is how it ends.
    const ended = new Promise((resolve) => bystander.once('end', resolve));
    const { rows: found } = await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill((found[0] as { pid: number }).pid, 'SIGKILL');
    await ended;
    await waitFor('the recovery', () =>
      cluster.sql('SELECT 1').then(
        () => true,
        () => undefined,
      ),
    );
    void victim.end().catch(() => undefined);
  }

  /** Takes the next one. */
  async function transactionId(): Promise<bigint> {
    const [row] = await cluster.sql<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
    return BigInt((row as { id: string }).id);
  }

  it('one that was never acknowledged is missed by nobody, whoever has got the id of its transaction', async () => {
    let reused = false;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && !reused; attempt++) {
      let id = 0n;
      const written = append(async (event) => {
        id = BigInt(event.transactionId);
        await killOneBackend();
      });
      await expect(written).rejects.toThrow();
      reused = (await transactionId()) <= id;
      await waitFor('the id to be given out', async () => (await transactionId()) > id);
      expect(await rows.fatesOf(appended.some(10))).toEqual([]);
    }
    expect(reused).toBe(true);
    expect(await cluster.sql('SELECT FROM audit_events WHERE business_id = $1', [log])).toHaveLength(0);
  });

  it('one that was acknowledged is there, and is missed when somebody takes it away', async () => {
    await append(() => Promise.resolve());
    await killOneBackend();
    const fates = (): Promise<string[]> =>
      // Sessions that the crash has ended are still in the pool.
      waitFor('an answer', () => rows.fatesOf(appended.some(10)).catch(() => undefined));
    expect(await fates()).toEqual(['pending']);
    await cluster.sql(
      `SET session_replication_role = replica; DELETE FROM audit_events WHERE business_id = '${log}';
       DELETE FROM audit_heads WHERE business_id = '${log}'`,
    );
    expect(await fates()).toEqual(['lost']);
    await killOneBackend();
    expect(await fates()).toEqual(['lost']);
  });
});
