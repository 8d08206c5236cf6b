import { randomInt } from 'node:crypto';
import { sql } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

const ADDRESSES = 250;
const AT_ONCE = 10;
/** Other changes of the platform's log come between transactions of no more events than this. */
const EVENTS_A_TRANSACTION_MAX = 100;

const GUESS: Parameters<typeof exchange>[1] = {
  method: 'GET',
  path: '/api/v1/tokens',
  headers: [['authorization', 'Bearer garbage']],
};

const RECORDED = `SELECT count(*)::int AS events FROM audit_events
WHERE action = 'authentication.failed' AND ip = ANY ($1) GROUP BY xmin::text`;

it('failed authentications from many addresses are all recorded, and hold the log for no more than a hundred events', async () => {
  const { url, superuserUrl } = await sharedApp();
  const network = `127.${randomInt(16, 255)}.${randomInt(256)}`;
  const addresses = Array.from({ length: ADDRESSES }, (_, last) => `${network}.${last + 1}`);
  const left = [...addresses];
  const fail = async (): Promise<void> => {
    for (let address = left.pop(); address !== undefined; address = left.pop()) {
      const { status } = await exchange(url, { ...GUESS, address });
      expect(status).toBe(401);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fail));
  const transactions = await waitFor('an event of each address', async () => {
    const rows = await sql<{ events: number }>(superuserUrl, RECORDED, [addresses]);
    const sum = rows.reduce((total, { events }) => total + events, 0);
    return sum === ADDRESSES ? rows : null;
  });
  expect(Math.max(...transactions.map(({ events }) => events))).toBeLessThanOrEqual(EVENTS_A_TRANSACTION_MAX);
});
