import { DebianPostgres } from '../../support/debian-postgres.js';
import { waitFor } from '../../support/wait-for.js';
import { holdsLease } from '../verifiers.js';
import { WAYS, type Way } from './all-ways.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;
const WAYS_MIN = 30;

/** The log of the platform, or of the business alone where the other one takes nothing any more. */
const FOUND = `
SELECT f.fault FROM integrity_faults f WHERE f.business_id = $1 AND f.fault = ANY ($2) AND EXISTS (
  SELECT FROM audit_events e WHERE e.business_id = '00000000-0000-0000-0000-000000000000' AND e.action = 'integrity.violated'
    AND e.details->>'log' = f.business_id::text AND e.details->>'fault' = f.fault)`;

/** Plays each of the ways, on the embedded PostgreSQL, or on this version of Debian's. */
export function playAllWays(debianVersion: number | null): void {
  let debian: DebianPostgres | undefined;
  let house: TamperedHouse;
  const missed = new Set(WAYS.map(({ name }) => name));

  beforeAll(async () => {
    if (debianVersion !== null) debian = await DebianPostgres.start(debianVersion);
    house = await TamperedHouse.start({}, await debian?.database());
    await waitFor('a lease', () => holdsLease(house.app));
    // Another log, to take seals and MACs from.
    await house.sealed((await house.aLog(1)).id);
  }, LIMIT_MS);
  afterAll(async () => {
    await house?.end();
    await debian?.stop();
  });

  it.each(WAYS.map((way): [string, Way] => [way.name, way]))(
    '%s: is named, in the log of the platform as well, and the server is not ready',
    async (_, { name, faults, prepare, attack, touch }) => {
      const log = await house.aLog(2);
      const [token, other] = log.tokens;
      const begun = { house, log, token: token!, other: other! };
      const made = (await prepare?.(begun)) ?? `made-${log.id.slice(-12)}`;
      const scene = { ...begun, made, size: await house.sealed(log.id) };
      await house.tamper(await attack(scene));
      await touch?.(scene);
      await waitFor('it to be found', async () => (await house.rows(FOUND, [log.id, faults])).length > 0);
      await waitFor('not to be ready', async () => !(await house.isUnharmed()) || undefined);
      missed.delete(name);
    },
    LIMIT_MS,
  );

  it('none of them is missed', () => {
    expect(WAYS.length).toBeGreaterThanOrEqual(WAYS_MIN);
    expect([...missed]).toEqual([]);
  });
}
