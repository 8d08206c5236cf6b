import { aToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;
const LOG_OF_AN_EARLIER_VERSION =
  'UPDATE audit_events SET mac = NULL; UPDATE audit_trees SET seal = NULL; UPDATE audit_heads SET mac = NULL';
const AS_OF_AN_EARLIER_VERSION = `${LOG_OF_AN_EARLIER_VERSION}; UPDATE tokens SET mac = NULL; INSERT INTO adoption DEFAULT VALUES`;

it(
  'a log of a version without MACs and seals is believed by who is told to, and by everybody from then on',
  async () => {
    const house = await TamperedHouse.start();
    try {
      const log = await house.aLog();
      await house.sealed(log.id);
      await house.restart(() => house.tamper(AS_OF_AN_EARLIER_VERSION), { RESCIND_AUDIT_ADOPT: 'true' });
      await waitFor('the adoption', () => house.app.logs().includes('RESCIND_AUDIT_ADOPT is on'));
      await waitFor('the tokens to be bound', async () => {
        const rows = await house.rows('SELECT FROM tokens WHERE mac IS NULL');
        return rows.length === 0 || undefined;
      });
      await waitFor('its event', async () => {
        const rows = await house.rows('SELECT FROM adoption WHERE adopted_at IS NOT NULL');
        return rows.length === 1 || undefined;
      });
      await aToken(house.as(log));
      await house.sealed(log.id);
      await house.app.ready();
      await house.restart(() => Promise.resolve(), { RESCIND_AUDIT_ADOPT: '' });
      await house.app.ready();
      expect((await house.as(log).api.get('/api/v1/audit/checkpoint')).status).toBe(200);
      expect((await house.as(log).api.get('/api/v1/audit/events')).status).toBe(200);
      await house.restart(() => house.tamper(LOG_OF_AN_EARLIER_VERSION));
      expect((await house.as(log).api.get('/api/v1/audit/checkpoint')).status).toBe(503);
      await house.alarm('tree_forged', log.id);
    } finally {
      await house.end();
    }
  },
  LIMIT_MS,
);

describe('events whose MAC no key at hand can judge', () => {
  it(
    'are shown by the tree: in searches, one by one, in CSV and in exports; and are not where the tree was changed',
    async () => {
      const house = await TamperedHouse.start();
      try {
        const log = await house.aLog(6);
        await house.sealed(log.id);
        await house.restart(() => house.tamper('UPDATE audit_events SET mac = NULL'));
        const { api } = house.as(log);
        const { body } = await api.get<{ items: { id: string }[] }>('/api/v1/audit/events', { limit: '200' });
        expect(body.items.length).toBeGreaterThanOrEqual(6);
        const [newest] = body.items;
        expect((await api.get(`/api/v1/audit/events/${newest!.id}`)).status).toBe(200);
        const csv = await api.get<string>('/api/v1/audit/export', { format: 'csv' });
        expect(csv.body).toContain(newest!.id);
        await house.app.ready();
        await house.restart(() =>
          house.tamper(
            `UPDATE audit_tiles SET hashes = overlay(hashes PLACING sha256('x') FROM 1 FOR 32) WHERE business_id = '${log.id}' AND level = 0 AND start = 0`,
          ),
        );
        expect((await house.as(log).api.get('/api/v1/audit/events')).status).toBe(503);
        await house.alarm('tree_changed', log.id);
      } finally {
        await house.end();
      }
    },
    LIMIT_MS,
  );
});
