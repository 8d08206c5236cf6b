import pg from 'pg';
import { aToken, type TestBusiness } from '../../support/factories.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

let house: TamperedHouse;
let holder: pg.Client;
beforeEach(async () => {
  house = await TamperedHouse.start();
  // Whoever has the database can also keep the log from being sealed.
  holder = new pg.Client({ connectionString: house.database.superuserUrl });
  await holder.connect();
  await holder.query(`SELECT pg_advisory_lock(hashtext('rescind.audit_sealing'))`);
});
afterEach(async () => {
  await holder.end();
  await house.end();
});

const last = (log: TestBusiness): string =>
  `DELETE FROM audit_events e USING audit_heads h WHERE h.business_id = '${log.id}' AND e.business_id = h.business_id AND e.sequence = h.size;
   UPDATE audit_heads SET size = size - 1 WHERE business_id = '${log.id}'`;

describe('newest events that were not sealed yet are missed by the process that wrote them:', () => {
  it(
    'taken away together with the head',
    async () => {
      const log = await house.aLog();
      await house.tamper(last(log));
      await house.alarm('event_lost', log.id);
    },
    LIMIT_MS,
  );

  it(
    'taken away and written over',
    async () => {
      const log = await house.aLog();
      await house.tamper(last(log));
      await aToken(log);
      await house.alarm('event_lost', log.id);
    },
    LIMIT_MS,
  );

  it(
    'with their whole log',
    async () => {
      const log = await house.aLog();
      await house.tamper(
        `DELETE FROM audit_events WHERE business_id = '${log.id}'; DELETE FROM audit_heads WHERE business_id = '${log.id}'`,
      );
      await house.alarm('event_lost', log.id);
    },
    LIMIT_MS,
  );
});

it(
  'changes that were given up are missed by nobody',
  async () => {
    const log = await house.aLog();
    const [token] = log.tokens;
    await Promise.all(
      Array.from({ length: 5 }, () => log.api.post(`/api/v1/tokens/${token!.id}/revoke`, { reason: 'lost' })),
    );
    await log.api.post('/api/v1/tokens', { name: 'nobody', owner_email: 'nobody@example.com' });
    await holder.query(`SELECT pg_advisory_unlock(hashtext('rescind.audit_sealing'))`);
    await house.sealed(log.id);
    await house.app.ready();
  },
  LIMIT_MS,
);
