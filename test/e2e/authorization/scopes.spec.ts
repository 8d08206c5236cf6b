import { CALLERS, HOLDS, RULES, type Caller, type Scope } from '../../support/authorization-rules.js';
import { AUTHORIZATION, type Authorization } from '../../support/authorization-table.js';
import { aToken } from '../../support/factories.js';
import { everyOperation, type Operation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';
import { allScopesWithout, ask, outcomeOf } from './ask.js';
import { ABOUT_SOMEBODY, aGoodCall, type Call } from './requests.js';
import { authorizationWorld, issuedTo, type AuthorizationWorld } from './world.js';

const OPERATIONS = Object.entries(AUTHORIZATION);
const named = (chosen: (authorization: Authorization) => boolean): [string, Authorization][] =>
  OPERATIONS.filter(([, authorization]) => chosen(authorization));

/**
 * A token without a TTL cannot be renewed by anybody, GitHub's reports are not taken unless that is set, there is no provider,
 * and recovery codes are taken from pages of our own alone.
 */
const REFUSED_ALL_THE_SAME: Record<string, number> = {
  ...{ renewAccessToken: 401, reportLeaksFromGithub: 404 },
  ...{ startOidcSignIn: 404, finishOidcSignIn: 404, endSessionsOfProvider: 404, signInWithRecoveryCode: 403 },
};

const OF_NO_SCOPE = new Set<Authorization['scope']>(['open', 'any', 'session']);

describe('Every operation', () => {
  let world: AuthorizationWorld;
  let operations: Map<string, Operation>;
  beforeAll(async () => {
    world = await authorizationWorld();
    const all = await everyOperation((await sharedApp()).url);
    operations = new Map(all.map((operation) => [operation.operationId ?? '', operation]));
  });

  const operationOf = (id: string): Operation => operations.get(id) as Operation;

  /** A request that an owner may make: about a developer of theirs, where it is about somebody. */
  async function aCall(id: string): Promise<Call> {
    const about = ABOUT_SOMEBODY[id];
    if (about === undefined) return aGoodCall(id, world);
    const [call] = await about({ world, caller: 'owner', target: 'developer', scopes: [] });
    return call as Call;
  }

  /** A token of an owner of their own, so that no cap on one owner's tokens is met. */
  const tokenOfOwner = async (scopes: readonly string[]): Promise<string> =>
    (await aToken(world.business, { role: 'owner', scopes: [...scopes] })).secret;

  it.each(named(({ scope, rule }) => !OF_NO_SCOPE.has(scope) && rule === undefined))(
    '%s is for those whose role allows %j',
    async (id, { scope }) => {
      for (const caller of CALLERS) {
        const answer = await ask(world, operationOf(id), await aCall(id), world.secrets[caller]);
        const expected = (HOLDS[caller] as string[]).includes(scope) ? 'yes' : 'no';
        expect([caller, outcomeOf(answer)]).toEqual([caller, expected]);
      }
    },
  );

  it.each(named(({ scope }) => !OF_NO_SCOPE.has(scope) && scope !== 'rescind:platform:admin'))(
    '%s takes its scope (%j), and no other will do',
    async (id, { scope, or, rule }) => {
      const needed = [scope, ...(or === undefined ? [] : [or])] as Scope[];
      for (const each of needed) {
        const only = await ask(world, operationOf(id), await aCall(id), await tokenOfOwner([each]));
        const expected = rule === undefined ? 'yes' : RULES[rule].owner.developer;
        expect([id, each, outcomeOf(only)]).toEqual([id, each, expected]);
      }
      const without = await tokenOfOwner(allScopesWithout(...needed));
      const refused = await ask(world, operationOf(id), await aCall(id), without);
      expect([id, outcomeOf(refused)]).toEqual([id, 'no']);
    },
  );

  it.each(named(({ scope }) => scope === 'any'))('%s takes any good token', async (id) => {
    const answer = await ask(world, operationOf(id), await aCall(id), await tokenOfOwner([]));
    expect([id, outcomeOf(answer)]).toEqual([id, 'yes']);
    expect((await ask(world, operationOf(id), await aCall(id), null)).status).toBe(401);
  });

  it.each(named(({ scope }) => scope === 'session'))('%s takes no token', async (id) => {
    for (const secret of [world.secrets.platform, world.secrets.owner, null])
      expect((await ask(world, operationOf(id), {}, secret)).status).toBe(401);
  });

  it.each(named(({ scope }) => scope === 'open'))('%s asks for no credential', async (id) => {
    const { status } = await ask(world, operationOf(id), await aCall(id), null);
    expect([id, status]).toEqual([id, REFUSED_ALL_THE_SAME[id] ?? 200]);
  });

  it.each(named(({ without }) => without === 'to itself'))(
    '%s takes no scope of a token that ends itself',
    async (id) => {
      for (const caller of ['owner', 'developer', 'auditor', 'ownerless'] as Caller[]) {
        const bare = await issuedTo(world.business, world.owners[caller] ?? {}, []);
        const call: Call =
          id === 'revokeVcitaToken'
            ? { body: { token: bare.secret } }
            : { ids: { token_id: bare.id, tokenId: bare.id } };
        expect([caller, outcomeOf(await ask(world, operationOf(id), call, bare.secret))]).toEqual([
          caller,
          'yes',
        ]);
        expect((await bare.api.get('/api/v1/tokens')).status).toBe(401);
      }
    },
  );
});
