import { randomUUID } from 'node:crypto';
import { CALLERS, RULES, type Caller, type Target } from '../../support/authorization-rules.js';
import { AUTHORIZATION } from '../../support/authorization-table.js';
import { everyOperation, type Operation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';
import { ask, comparable, outcomeOf } from './ask.js';
import { ABOUT_SOMEBODY, type Call } from './requests.js';
import { authorizationWorld, type AuthorizationWorld } from './world.js';

const RULED = Object.entries(AUTHORIZATION).flatMap(([id, { rule }]) =>
  rule === undefined ? [] : [[id, rule] as const],
);

describe('Inside one business', () => {
  /** A business for each caller, so that those who ask at once do not wait for each other's log. */
  const worlds = new Map<Caller, AuthorizationWorld>();
  let operations: Map<string, Operation>;
  beforeAll(async () => {
    await Promise.all(CALLERS.map(async (caller) => worlds.set(caller, await authorizationWorld())));
    const all = await everyOperation((await sharedApp()).url);
    operations = new Map(all.map((operation) => [operation.operationId ?? '', operation]));
  });

  /** Everything in a request that names somebody, exchanged for somebody who does not exist. */
  function aboutNobody({ ids = {}, ...rest }: Call): { call: Call; ids: string[] } {
    const unknown = Object.fromEntries(Object.keys(ids).map((name) => [name, randomUUID()]));
    const body = rest.body === undefined ? {} : { body: { ...rest.body } as Record<string, string> };
    if (body.body?.token_id !== undefined) body.body.token_id = randomUUID();
    if (body.body?.token !== undefined) body.body.token = randomUUID();
    const named = { ...unknown, ...(body.body ?? {}) };
    return { call: { ...rest, ids: unknown, ...body }, ids: Object.values(named) };
  }

  async function wrongOf(id: string, caller: Caller, target: Target, expected: string): Promise<string[]> {
    const operation = operations.get(id) as Operation;
    const world = worlds.get(caller) as AuthorizationWorld;
    const wrong: string[] = [];
    for (const call of await (ABOUT_SOMEBODY[id] as (typeof ABOUT_SOMEBODY)[string])({
      world,
      caller,
      target,
    })) {
      const answer = await ask(world, operation, call, world.secrets[caller]);
      const outcome = outcomeOf(answer);
      if (outcome !== expected) wrong.push(`${caller} on ${target} ${JSON.stringify(call.body)}: ${outcome}`);
      if (outcome !== 'hidden' || expected !== 'hidden') continue;
      const nobody = aboutNobody(call);
      const missing = await ask(world, operation, nobody.call, world.secrets[caller]);
      const named = [...Object.values(call.ids ?? {}), ...Object.values(call.body ?? {})] as string[];
      if (comparable(missing, nobody.ids) !== comparable(answer, named))
        wrong.push(`${caller} on ${target}: told apart from nobody: ${answer.text} ${missing.text}`);
    }
    return wrong;
  }

  it.each(RULED)('%s: who may do it to whom (%s)', async (id, rule) => {
    const judge = async (caller: Caller): Promise<string[]> => {
      const wrong: string[] = [];
      for (const [target, expected] of Object.entries(RULES[rule][caller]))
        if (expected !== '–') wrong.push(...(await wrongOf(id, caller, target as Target, expected)));
      return wrong;
    };
    expect((await Promise.all(CALLERS.map(judge))).flat()).toEqual([]);
  });
});
