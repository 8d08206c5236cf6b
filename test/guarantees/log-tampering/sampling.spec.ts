import { PATCH_OP } from '../../../src/dialects/scim/scim-urns.js';
import { aMember, anIdentity, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

let house: TamperedHouse;
beforeAll(async () => {
  house = await TamperedHouse.start();
});
afterAll(() => house.end());

const outcome = async (log: TestBusiness, token: TestToken): Promise<string> =>
  outcomeOf(await verify(house.app, log, token));

it(
  'nothing is found where tokens were issued, rotated again and again, renamed and revoked, and owners changed',
  async () => {
    const log = await house.aLog(2);
    const [first, second] = log.tokens as [TestToken, TestToken];
    let { id } = first;
    for (let count = 0; count < 3; count++) {
      const { body } = await log.api.post(`/api/v1/tokens/${id}/rotate`, { grace_seconds: 60 });
      id = body.token_info.id as string;
    }
    await log.api.patch(`/api/v1/tokens/${second.id}`, { name: 'renamed' });
    await log.api.post(`/api/v1/tokens/${second.id}/revoke`, {});
    const identity = await anIdentity(log);
    await aToken(log, { identityId: identity.id });
    await log.api.patch(`/api/v1/identities/${identity.id}`, { name: 'renamed', role: 'admin' });
    const member = await aMember(log);
    await aToken(log, { member });
    for (const userName of ['married@example.com', 'married@other.example'])
      await log.api.patch(`/scim/v2/Users/${member.id}`, {
        schemas: [PATCH_OP],
        Operations: [{ op: 'Replace', path: 'userName', value: userName }],
      });
    await log.api.patch(`/api/v1/members/${member.id}`, { role: 'admin', name: 'Ada' });
    await log.api.delete(`/api/v1/members/${member.id}`);
    await log.api.post(`/api/v1/admin/businesses/${log.id}/suspend`, {});
    await log.api.post(`/api/v1/admin/businesses/${log.id}/resume`, {});
    // Whoever is invented after that is found in a later step than all of it.
    const other = await house.aLog(1);
    await house.tamper(
      `UPDATE tokens SET revoked_at = now(), revoked_by = 'nobody' WHERE id = '${other.tokens[0]!.id}'`,
    );
    await house.alarm('token_differs', other.id);
    const faults = await house.rows<{ subject: string }>('SELECT subject FROM integrity_faults');
    expect(faults).toEqual([{ subject: other.tokens[0]!.id }]);
  },
  LIMIT_MS,
);

it.each<[string, string, (log: TestBusiness, token: TestToken) => string]>([
  [
    'a role was raised',
    'member_differs',
    (log) => `UPDATE members SET role = 'owner' WHERE business_id = '${log.id}'`,
  ],
  [
    'an e-mail was changed',
    'member_differs',
    (log) => `UPDATE members SET email = 'eve@example.com' WHERE business_id = '${log.id}'`,
  ],
  [
    'an identity was invented',
    'identity_differs',
    (
      log,
      { id },
    ) => `INSERT INTO identities (id, business_id, name, role) VALUES ('${id}', '${log.id}', 'eve', 'owner');
      UPDATE tokens SET owner_kind = 'identity', identity_id = '${id}', member_id = NULL WHERE id = '${id}'`,
  ],
])(
  'the tokens of an owner are refused, also by who remembers them, once it is found that %s',
  async (_, fault, attack) => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    expect(await outcome(log, token)).toBe('active');
    await house.tamper(attack(log, token));
    await house.alarm(fault, log.id);
    await waitFor('the token to be refused', async () => (await outcome(log, token)) === 'revoked');
  },
  LIMIT_MS,
);

it(
  'so are those of a business that goes on though it was suspended',
  async () => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    await log.api.post(`/api/v1/admin/businesses/${log.id}/suspend`, {});
    await house.tamper(`UPDATE businesses SET status = 'active' WHERE id = '${log.id}'`);
    await house.alarm('business_differs', log.id);
    await waitFor('the token to be refused', async () =>
      ['revoked', 'suspended'].includes(await outcome(log, token)),
    );
  },
  LIMIT_MS,
);
