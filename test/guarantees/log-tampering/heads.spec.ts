import { rescind } from '../../cli/rescind-command.js';
import { serviceUrlOf } from '../../support/databases.js';
import { aToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

let house: TamperedHouse;
beforeEach(async () => {
  house = await TamperedHouse.start();
});
afterEach(() => house.end());

it.each([
  ['moved ahead', 'size = size + 3'],
  ['moved back', 'size = size - 1'],
  ['robbed of its MAC', 'mac = NULL'],
  [
    'given the MAC of another',
    `mac = (SELECT mac FROM audit_heads h WHERE h.business_id <> audit_heads.business_id LIMIT 1)`,
  ],
])(
  'the head of a log is missed where this service left it: %s',
  async (_, change) => {
    const log = await house.aLog();
    await house.sealed(log.id);
    await house.tamper(`UPDATE audit_heads SET ${change} WHERE business_id = '${log.id}'`);
    await house.alarm('head_forged', log.id);
  },
  LIMIT_MS,
);

it(
  'also when it is put back with the MAC that it had there; and nothing is written over what stands behind it',
  async () => {
    const log = await house.aLog();
    const [before] = await house.rows<{ size: string; mac: Buffer }>(
      'SELECT size, mac FROM audit_heads WHERE business_id = $1',
      [log.id],
    );
    await aToken(log);
    const size = await house.sealed(log.id);
    await house.tamper(
      `UPDATE audit_heads SET size = ${before!.size}, mac = '\\x${before!.mac.toString('hex')}' WHERE business_id = '${log.id}'`,
    );
    const refused = await log.api.post('/api/v1/identities', { name: 'ci' });
    expect([refused.status, refused.body.code]).toEqual([503, 'audit.unwritable']);
    await house.alarm('head_forged', log.id);
    const [tree] = await house.rows<{ size: string }>('SELECT size FROM audit_trees WHERE business_id = $1', [
      log.id,
    ]);
    expect(Number(tree?.size)).toBe(size);
  },
  LIMIT_MS,
);

it(
  'one that lost its MAC has one again once an operator has cleared that',
  async () => {
    const log = await house.aLog();
    await house.sealed(log.id);
    await house.tamper(`UPDATE audit_heads SET mac = NULL WHERE business_id = '${log.id}'`);
    await house.alarm('head_forged', log.id);
    await aToken(log);
    const mac = async (): Promise<Buffer | null | undefined> =>
      (
        await house.rows<{ mac: Buffer | null }>('SELECT mac FROM audit_heads WHERE business_id = $1', [
          log.id,
        ])
      )[0]?.mac;
    expect(await mac()).toBeNull();
    const clear = async (): Promise<number | null> => {
      const settings = { DATABASE_URL: serviceUrlOf(house.database.url) };
      return (await rescind(['audit', 'faults', '--clear', log.id], settings, true).ended).code;
    };
    expect(await clear()).toBe(0);
    expect(await mac()).not.toBeNull();
    await house.sealed(log.id);
    // A pass that had read the head before may tell of it once more.
    await waitFor('to be ready again', async () => (await house.isUnharmed()) || (await clear(), undefined));
  },
  LIMIT_MS,
);
