import { aMember, aToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

describe('the receipt of a revocation of many tokens whose row says', () => {
  let house: TamperedHouse;
  beforeAll(async () => {
    house = await TamperedHouse.start();
  }, LIMIT_MS);
  afterAll(() => house?.end());

  it.each([
    ['another author, of selected tokens', 'revocation_requests', `asked_by = 'mallory@example.com'`],
    [
      'another selector, of selected tokens',
      'revocation_requests',
      `request = jsonb_set(request, '{selector}', '{"owner_email":"*"}')`,
    ],
    ['another reason, of selected tokens', 'revocation_requests', `revocation_reason = 'a drill'`],
    ['another author, of a cut-off', 'revocations', `revoked_by = 'mallory@example.com'`],
    ['another selector, of a cut-off', 'revocations', `selector = '{"business":true}'`],
    ['another owner, of a cut-off', 'revocations', `selector = '{"owner":"mallory@example.com"}'`],
  ])(
    '%s is not signed, and the alarm is raised',
    async (_, table, change) => {
      const log = await house.aLog(0);
      const member = await aMember(log);
      await aToken(log, { member, scopes: ['orders:read'] });
      const selector =
        table === 'revocations'
          ? { owner: member.email }
          : { owner_email: member.email, scopes_has: ['orders:read'] };
      const { status, body } = await log.api.post('/api/v1/revocations', { selector, reason: 'stolen' });
      expect(status).toBe(201);
      const path = `/api/v1/revocations/${body.id}/receipt`;
      const receipt = () => log.api.get(path);
      await waitFor('the receipt', async () => (await receipt()).status === 200);
      await house.tamper(`UPDATE ${table} SET ${change} WHERE id = '${body.id}'`);
      expect((await receipt()).status).toBe(503);
      await house.alarm('receipt_differs', log.id);
    },
    LIMIT_MS,
  );
});
