import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { monthAgo, SEALS_ON_REQUEST } from '../../support/old-events.js';
import { anOldLog, madeThen } from '../../support/retention-house.js';
import { testRun } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import type { TamperedHouse } from '../log-tampering/house.js';

/** The first events of an old log are twenty months old, and dropped. */
const DROPPED = 7;
const PEM_END = '\n';

/** What operators and time do to a service while nobody calls it; each starts another process. */
export const BETWEEN: Record<string, (house: TamperedHouse) => Promise<void>> = {
  'another pepper and another signing key': async (house) => {
    const { secrets } = testRun();
    const { RESCIND_PEPPER: pepper, RESCIND_SIGNING_KEY: key } = secrets;
    const old = createPublicKey(key.replaceAll('\\n', '\n'))
      .export({ type: 'spki', format: 'pem' })
      .toString();
    const { privateKey } = generateKeyPairSync('ed25519');
    // As all that a test does from here on has them.
    secrets.RESCIND_PEPPER = randomBytes(32).toString('base64');
    secrets.RESCIND_SIGNING_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const { RESCIND_PEPPER_RETIRED: peppers, RESCIND_SIGNING_KEY_RETIRED: keys } = house.settings;
    await house.restart(() => Promise.resolve(), {
      RESCIND_PEPPER_RETIRED: [pepper, ...(peppers === undefined ? [] : [peppers])].join(','),
      RESCIND_SIGNING_KEY_RETIRED: [old, ...(keys === undefined ? [] : [keys])].join(PEM_END),
    });
  },
  'retention that drops events': async (house) => {
    const { RESCIND_SEAL_MS = '' } = house.settings;
    await house.restart(() => Promise.resolve(), SEALS_ON_REQUEST);
    await house.app.ready();
    const { database, app } = house;
    const dateOf = (sequence: number): Date | null => (sequence <= DROPPED ? monthAgo(20) : null);
    const log = await anOldLog(database, app.url, dateOf, 12);
    await madeThen(database, log, [monthAgo(20), monthAgo(20)]);
    await house.restart(() => Promise.resolve(), { RESCIND_SEAL_MS });
    await waitFor('the drop', async () => {
      const left = 'SELECT 1 FROM audit_events WHERE business_id = $1 AND sequence <= $2';
      return (await house.rows(left, [log.business.id, DROPPED])).length === 0;
    });
  },
  'a crash': async (house) => {
    await house.app.kill();
    await house.restart(() => Promise.resolve());
  },
};
