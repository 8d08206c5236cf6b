import { aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;
const TOKENS = '/api/v1/tokens';

interface Stated {
  id: string;
  revoked_at: string;
  revoked_by: string;
  revocation_reason: string;
}

describe('what answers state of tokens, after it was changed with SQL:', () => {
  let house: TamperedHouse;
  let log: TestBusiness & { tokens: TestToken[] };
  beforeEach(async () => {
    // No pass comes by: what is found is found by the answer.
    house = await TamperedHouse.start({ RESCIND_SEAL_MS: '600000' });
    log = await house.aLog(2);
  });
  afterEach(() => house.end());

  it(
    'a token with another external id or other metadata than it was given is refused',
    async () => {
      const labelled = await aToken(log);
      const given = {
        external_id: 'customer-1',
        metadata: { plan: 'free', seats: 1.5, ä: [null, { b: 1, a: 2 }] },
      };
      expect((await log.api.patch(`${TOKENS}/${labelled.id}`, given)).status).toBe(200);
      const [named, noted] = log.tokens as [TestToken, TestToken];
      await house.restart(() => Promise.resolve());
      await house.app.ready();
      const outcome = async (token: TestToken): Promise<string> =>
        outcomeOf(await verify(house.app, house.as(log), token));
      // What the service itself has written is believed, however the database orders it.
      expect(await outcome(labelled)).toBe('active');
      await house.restart(() =>
        house.tamper(`
          UPDATE tokens SET external_id = 'customer-2' WHERE id = '${named.id}';
          UPDATE tokens SET metadata = '{"plan": "pro"}' WHERE id = '${noted.id}';
          UPDATE tokens SET metadata = jsonb_set(metadata, '{seats}', '1e999') WHERE id = '${labelled.id}'`),
      );
      await house.app.ready();
      for (const token of [named, noted, labelled]) expect(await outcome(token)).toBe('revoked');
      await house.alarm('token_forged', log.id);
      const changed = await house.as(log).api.patch(`${TOKENS}/${named.id}`, { external_id: 'customer-3' });
      expect(changed.status).toBe(404);
    },
    LIMIT_MS,
  );

  it(
    'who revoked a token, when and why is told as the log has it',
    async () => {
      const [token] = log.tokens as [TestToken];
      const path = `${TOKENS}/${token.id}`;
      await log.api.post(`${path}/revoke`, { reason: 'leaked in a chat' });
      const { body: before } = await log.api.get<Stated>(path);
      await house.tamper(`UPDATE tokens SET revoked_by = 'mallory@example.com', revocation_reason = 'left',
        revoked_at = revoked_at - interval '1 day', revoked_with = '${log.id}' WHERE id = '${token.id}'`);
      const facts = ({ revoked_at, revoked_by, revocation_reason }: Stated) => ({
        revoked_at,
        revoked_by,
        revocation_reason,
      });
      const { body: alone } = await log.api.get<Stated>(path);
      expect(facts(alone)).toEqual(facts(before));
      const { body: list } = await log.api.get<{ items: Stated[] }>(TOKENS, {
        include_revoked: 'true',
        owner_email: '*',
      });
      expect(list.items.filter(({ id }) => id === token.id).map(facts)).toEqual([facts(before)]);
      const { body: again } = await log.api.post<{ data: Stated }>(`${path}/revoke`, { reason: 'again' });
      expect(again.data).toMatchObject({
        revoked_at: before.revoked_at,
        revoked_by: before.revoked_by,
        revocation_reason: before.revocation_reason,
      });
      const { body: found } = await log.api.post<{ items: { token: Stated }[] }>(`${TOKENS}/find`, {
        fragment: token.jti,
      });
      expect(found.items.map((each) => facts(each.token))).toEqual([facts(before)]);
      await waitFor('the alarm', () => house.app.logs().includes('"token_differs"') || undefined);
      expect((await log.api.get(`${path}/receipt`)).status).toBe(503);
    },
    LIMIT_MS,
  );
});
