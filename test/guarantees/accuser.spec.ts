import { rescind } from '../cli/rescind-command.js';
import { serviceUrlOf } from '../support/databases.js';
import { freePort } from '../support/free-port.js';
import { shareInstead } from '../support/shared-app.js';
import { seededRandom } from '../unit/log-format/random-event.js';
import { settingsOf, startAround, type Around } from './accuser/around.js';
import { BETWEEN } from './accuser/between.js';
import { Walk } from './accuser/walk.js';
import { TamperedHouse } from './log-tampering/house.js';

const LIMIT_MS = 3_600_000;
/** The walks of a run; those that have found something stay. `ACCUSER_SEED` walks another one. */
const SEEDS = process.env.ACCUSER_SEED === undefined ? [20_093] : [Number(process.env.ACCUSER_SEED)];
/** How often each operation has to succeed. */
const SUCCESSES = Number(process.env.ACCUSER_SUCCESSES ?? 3);
const ROUNDS_MAX = 6 * SUCCESSES;

/** As fast as it can be, with all that happens from time to time happening often. */
const SETTINGS = {
  RESCIND_AUDIT_SAMPLE_ROWS: '10000',
  RESCIND_AUDIT_RETENTION_MS: '1000',
  RESCIND_ANCHOR_MS: '1000',
};

/** Has every process of the test, and everything that the test sends, go to this one. */
function share({ app, database }: TamperedHouse): Promise<void> {
  shareInstead({ ...app, databaseUrl: database.url, superuserUrl: database.superuserUrl });
  return app.ready();
}

it.each(SEEDS)(
  'whatever is done through any operation of any document, nobody is accused of having changed the database (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const env = { PORT: String(await freePort()), ...SETTINGS };
    const house = await TamperedHouse.start(env);
    let around: Around | undefined;
    const retired = (): Record<string, string> =>
      Object.fromEntries(
        ['RESCIND_PEPPER_RETIRED', 'RESCIND_SIGNING_KEY_RETIRED'].flatMap((name) => {
          const value = house.settings[name];
          return value === undefined ? [] : [[name, value]];
        }),
      );
    try {
      await share(house);
      around = await startAround(house, retired, random);
      await house.restart(() => Promise.resolve(), settingsOf(around));
      await share(house);
      const walk = await Walk.begin(house.app.url, random, SUCCESSES, around);
      const between = Object.entries(BETWEEN);
      for (let round = 1; round <= ROUNDS_MAX && walk.missing().length > 0; round++) {
        await walk.round(walk.missing());
        await walk.endAll();
        // Each once, in an order that the seed names, and then any of them.
        const at = Math.floor(random() * between.length);
        const [, happen] = between[at] as (typeof between)[number];
        if (between.length > 1) between.splice(at, 1);
        await happen(house);
        await share(house);
      }
      const { code, stdout, stderr } = await rescind(
        ['audit', 'reconcile'],
        { DATABASE_URL: serviceUrlOf(house.database.url), ...retired() },
        true,
      ).ended;
      expect({ code, stdout, told: stderr.includes(' 0 differences.') }).toEqual({
        code: 0,
        stdout: '',
        told: true,
      });
      expect(await house.rows('SELECT business_id, fault, subject FROM integrity_faults')).toEqual([]);
      expect(walk.accusations).toEqual([]);
      expect(await house.isUnharmed()).toBe(true);
      expect(walk.missing().map((name) => `${name}: ${walk.done.get(name) ?? 0}`)).toEqual([]);
      expect(between.length).toBe(1);
    } finally {
      await around?.stop();
      await house.end();
    }
  },
  LIMIT_MS,
);
