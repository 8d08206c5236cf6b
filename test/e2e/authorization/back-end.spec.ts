import { AUTHORIZATION } from '../../support/authorization-table.js';
import { everyOperation, type Operation } from '../../support/operations.js';
import { aBusiness, aToken, platform, type TestBusiness, type TestToken } from '../../support/factories.js';
import { forgedFrom } from '../../support/forged-secret.js';
import { sharedApp } from '../../support/shared-app.js';
import { ask, outcomeOf } from './ask.js';
import { ABOUT_SOMEBODY, aGoodCall, type Call } from './requests.js';
import { authorizationWorld, type AuthorizationWorld } from './world.js';

const VERIFY = 'rescind:tokens:verify';
/** Of what takes any token: one that may only verify has no businesses to list, opens no session and speaks for no business. */
const NOT_EVEN = new Set(['listOwnBusinesses', 'openSession', 'authorizeRequest']);

/** A platform token that may verify, and nothing else. */
async function aBackEnd(): Promise<TestToken> {
  const { status, body } = await (
    await platform()
  ).post('/api/v1/admin/tokens', {
    name: 'a back end',
    scopes: [VERIFY],
  });
  expect([status, body.token_info?.scopes]).toEqual([201, [VERIFY]]);
  const { id, jti } = body.token_info as { id: string; jti: string };
  return { id, jti, secret: body.token as string, api: (await platform()).as(body.token as string) };
}

describe('A platform token that may only verify', () => {
  let world: AuthorizationWorld;
  let operations: Map<string, Operation>;
  let backEnd: TestToken;
  let business: TestBusiness;
  let other: TestBusiness;
  beforeAll(async () => {
    world = await authorizationWorld();
    const all = await everyOperation((await sharedApp()).url);
    operations = new Map(all.map((operation) => [operation.operationId ?? '', operation]));
    backEnd = await aBackEnd();
    business = await aBusiness();
    other = await aBusiness();
  });

  async function aCall(id: string): Promise<Call> {
    const about = ABOUT_SOMEBODY[id];
    if (about === undefined) return aGoodCall(id, world);
    const [call] = await about({ world, caller: 'owner', target: 'developer', scopes: [] });
    return call as Call;
  }

  const closed = Object.entries(AUTHORIZATION).filter(
    ([, { scope }]) => scope !== 'open' && scope !== 'session',
  );
  it.each(closed)('may do of %s (%j) what its scope says', async (id, { scope }) => {
    const operation = operations.get(id) as Operation;
    const expected = scope === VERIFY || (scope === 'any' && !NOT_EVEN.has(id)) ? 'yes' : 'no';
    const call = { ...(await aCall(id)), secret: backEnd.secret };
    expect([id, outcomeOf(await ask(world, operation, call, world.secrets.platform))]).toEqual([
      id,
      expected,
    ]);
  });

  it('learns of a secret of any business whose it is, and of the one that it names', async () => {
    const token = await aToken(business, { scopes: ['orders:read'] });
    const verify = async (within: string | null, secret = token.secret) =>
      (await backEnd.api.within(within).post('/api/v1/tokens/verify', { token: secret })).body;
    for (let time = 0; time < 2; time++) {
      expect(await verify(null)).toMatchObject({
        active: true,
        id: token.id,
        business_id: business.id,
      });
      expect(await verify(business.id)).toMatchObject({ active: true });
      expect(await verify(other.id)).toEqual({ active: false, reason: 'unknown' });
      expect(await verify(null, forgedFrom(token.secret))).toEqual({ active: false, reason: 'unknown' });
      // The platform's own tokens are of no business.
      expect(await verify(null, backEnd.secret)).toEqual({ active: false, reason: 'unknown' });
      const items = [{ token: token.secret }, { token: backEnd.secret }];
      const { body } = await backEnd.api.post('/api/v1/tokens/verify-batch', { items });
      expect(body.items).toMatchObject([{ active: true, business_id: business.id }, { active: false }]);
    }
  });
});
