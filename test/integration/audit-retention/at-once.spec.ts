import pg from 'pg';
import { serviceUrlOf, sql } from '../../support/databases.js';
import { ensurePartition, monthAgo } from '../../support/old-events.js';
import { RETENTION, RetentionHouse, type OldLog } from '../../support/retention-house.js';
import { waitFor } from '../../support/wait-for.js';
import { anEvent } from './attempt.js';

const OLD = 6;

describe('retention and others at once', () => {
  let house: RetentionHouse;
  let partition: string;
  beforeAll(async () => {
    house = await RetentionHouse.open();
    partition = await ensurePartition(house.database, monthAgo(20));
  });
  afterAll(() => house.close());

  const anExpiredLog = async (): Promise<OldLog> => {
    const log = await house.aLog((sequence) => (sequence <= OLD ? monthAgo(20) : null));
    await log.business.api.put(RETENTION, { months: 12 });
    return log;
  };

  async function session(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`SET app.business_id = '*'`);
    return client;
  }

  it('a month that a long query reads is dropped later; changes wait for neither of the two', async () => {
    const log = await anExpiredLog();
    const reader = await session(house.database.superuserUrl);
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM audit_events');
    const applier = await house.startApplier();
    try {
      await waitFor('the drop to give up', () => applier.logs().includes('55P03'));
      // One that waits for a lock is refused in the end.
      for (let i = 0; i < 10; i += 1) {
        const { status } = await log.business.api.post('/api/v1/identities', { name: `ci-${i}` });
        expect(status).toBe(201);
      }
      expect(await house.partitions()).toContain(partition);
      await reader.query('ROLLBACK');
      await waitFor('the month to be dropped', async () => !(await house.partitions()).includes(partition));
    } finally {
      await applier.stop();
      await reader.end();
    }
  });

  it('two that drop the same events drop them once, also without the lock that keeps processes apart', async () => {
    const { business } = await anExpiredLog();
    const drop = (client: pg.Client): Promise<unknown> =>
      client.query('SELECT audit_drop_expired($1, 1, $2)', [business.id, OLD]);
    const url = serviceUrlOf(house.database.url);
    const [first, second] = [await session(url), await session(url)];
    await first.query('BEGIN');
    await drop(first);
    const late = drop(second).then(
      () => 'dropped again',
      (error: Error) => error.message,
    );
    await waitFor('the second to wait for the first', async () => {
      const waiting = await sql(
        house.database.superuserUrl,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%audit_drop_expired%'`,
      );
      return waiting.length > 0;
    });
    await first.query(...anEvent(business.id, 'audit.retention_applied', { through_sequence: OLD }));
    await first.query('COMMIT');
    expect(await late).toBe('other events of the audit log are next to be dropped');
    await first.end();
    await second.end();
  });
});
