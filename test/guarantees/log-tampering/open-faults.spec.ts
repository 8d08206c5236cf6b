import pg from 'pg';
import { rescind, type Outcome } from '../../cli/rescind-command.js';
import { serviceUrlOf } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aToken } from '../../support/factories.js';
import { startRescind } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

let house: TamperedHouse;
beforeEach(async () => {
  house = await TamperedHouse.start();
});
afterEach(() => house.end());

const faults = (...args: string[]): Promise<Outcome> =>
  rescind(['audit', 'faults', ...args], { DATABASE_URL: serviceUrlOf(house.database.url) }, true).ended;

const integrityOf = async (url: string): Promise<{ status: string; detail: string | null }> => {
  const { text } = await exchange(url, { method: 'GET', path: '/health/ready' });
  return (JSON.parse(text) as { integrity: { status: string; detail: string | null } }).integrity;
};

it(
  'what one process finds of a business all of them tell, also after a start, until it is cleared; they stay in service, and other logs go on',
  async () => {
    const [log, other] = [await house.aLog(), await house.aLog()];
    await house.sealed(log.id);
    const second = await startRescind({ databaseUrl: house.database.url });
    try {
      await second.ready();
      await house.tamper(
        `UPDATE audit_events SET reason = 'changed' WHERE business_id = '${log.id}' AND sequence = 2`,
      );
      await house.alarm('event_forged', log.id);
      await waitFor(
        'the other process to say so',
        async () => (await integrityOf(second.url)).detail !== null,
      );
      expect((await integrityOf(second.url)).status).toBe('up');
    } finally {
      await second.stop();
    }
    const [own] = await house.rows<{ details: unknown }>(
      `SELECT details FROM audit_events WHERE business_id = $1 AND action = 'integrity.violated'`,
      [log.id],
    );
    expect(own?.details).toEqual({ fault: 'event_forged', log: log.id, subject: '2' });

    await house.restart(() =>
      house.tamper(`UPDATE audit_events SET reason = NULL WHERE business_id = '${log.id}' AND sequence = 2`),
    );
    expect(await house.isUnharmed()).toBe(false);
    await aToken(house.as(other));
    expect((await house.as(other).api.get('/api/v1/audit/checkpoint')).status).toBe(200);

    const listed = await faults();
    expect([listed.code, listed.stdout]).toEqual([1, expect.stringContaining(`${log.id} event_forged 2\n`)]);
    expect(await faults('--clear', 'nonsense')).toMatchObject({ code: 2 });
    expect(await faults('--clear', log.id)).toMatchObject({ code: 0 });
    await waitFor('readiness', () => house.isUnharmed());
    expect(await faults()).toMatchObject({ code: 0, stdout: '' });
    const cleared = await house.rows<{ business_id: string }>(
      `SELECT business_id FROM audit_events WHERE action = 'integrity.cleared' AND target_id = $1`,
      [log.id],
    );
    expect(cleared).toHaveLength(2);
  },
  LIMIT_MS,
);

it(
  'what is found in the log of the platform takes all processes out of service until it is cleared',
  async () => {
    const PLATFORM = '00000000-0000-0000-0000-000000000000';
    await house.sealed(PLATFORM);
    await house.tamper(`DELETE FROM audit_events WHERE business_id = '${PLATFORM}' AND sequence = 1`);
    await waitFor('not to be ready', async () => (await integrityOf(house.app.url)).status === 'down');
    const metrics = await exchange(house.app.url, { method: 'GET', path: '/metrics' });
    expect(metrics.text).toMatch(/^rescind_audit_faults_open [1-9]/m);
  },
  LIMIT_MS,
);

it(
  'what is still there after it was cleared is raised again',
  async () => {
    const log = await house.aLog();
    await house.sealed(log.id);
    await house.tamper(`DELETE FROM audit_events WHERE business_id = '${log.id}' AND sequence = 2`);
    await house.alarm('event_missing', log.id);
    expect(await faults('--clear', log.id)).toMatchObject({ code: 0 });
    await waitFor(
      'it to be open again',
      async () =>
        (
          await house.rows(
            `SELECT FROM integrity_faults WHERE business_id = $1 AND fault = 'event_missing'`,
            [log.id],
          )
        ).length === 2 || undefined,
      LIMIT_MS,
    );
    expect(await house.isUnharmed()).toBe(false);
  },
  LIMIT_MS,
);

it(
  'whoever has the rights of the service cannot clear a fault without leaving its event',
  async () => {
    const log = await house.aLog();
    await house.sealed(log.id);
    await house.tamper(`DELETE FROM audit_events WHERE business_id = '${log.id}' AND sequence = 2`);
    await house.alarm('event_missing', log.id);
    const session = new pg.Client({ connectionString: serviceUrlOf(house.database.url) });
    await session.connect();
    try {
      await session.query(`SET app.business_id = '*'`);
      const attacks = [
        'UPDATE integrity_faults SET cleared_at = now()',
        'DELETE FROM integrity_faults',
        `UPDATE integrity_faults SET business_id = gen_random_uuid()`,
        'TRUNCATE integrity_faults',
      ];
      for (const attack of attacks) await expect(session.query(attack)).rejects.toThrow();
    } finally {
      await session.end();
    }
    expect(await house.isUnharmed()).toBe(false);
  },
  LIMIT_MS,
);
