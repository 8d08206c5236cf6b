// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { revokeToken } from './changes.mjs';
import { end, issueTo, makeOwner } from './owners.mjs';
import { NoAnswer } from './raw-http.mjs';

const STORMS_MAX = 3;
const ACTS_AT_ONCE = 8;
/** Of the tokens that an actor makes, those that everybody asks about. */
const SHARED_PART = 0.2;
const PLATFORM_PART = 0.4;

/** What actors do, by who may: `developer` only for themselves, the platform in whatever business it names. */
const ACTS = {
  developer: [issueToOneself, issueToOneself, rotateChild, revokeChild],
  admin: [issueToOneself, addMember, addMember, rotateChild, revokeChild],
  owner: [issueToOneself, addMember, addMember, rotateChild, revokeChild],
  platform: [issueAsPlatform, addMember],
};

/**
 * Somebody acts with one token, many times at once, while that token is ended: revoked by the platform, by another
 * who acts, or by itself; or its owner is removed or demoted. Nothing may come of what it asks for after that.
 */
export async function storm(clients) {
  if (clients.actors.length >= STORMS_MAX) return false;
  const actor = await makeActor(clients);
  if (actor === null) return false;
  clients.actors.push(actor);
  let over = false;
  const loops = Array.from({ length: ACTS_AT_ONCE }, async () => {
    while (!over) if (!(await act(clients, actor))) await sleep(20);
  });
  try {
    await sleep(clients.random.between(0.2, 2) * clients.leaseMs);
    const ended = await endActor(clients, actor);
    await sleep(clients.random.between(0, 0.2) * clients.leaseMs);
    return ended;
  } finally {
    over = true;
    await Promise.all(loops);
    clients.actors.splice(clients.actors.indexOf(actor), 1);
  }
}

async function makeActor(clients) {
  const { calls, random, tokens } = clients;
  const tenant = random.pick(clients.tenants);
  if (random.next() < PLATFORM_PART) {
    const { status, body } = await calls.call('POST', '/api/v1/admin/tokens', { body: { name: 'actor' } });
    if (status !== 201) return null;
    const { token: secret, token_info } = body;
    const known = tokens.admit(
      { id: token_info.id, secret, owner: null, business: null, ways: ['gateway'] },
      false,
    );
    return Object.assign(known, { tenant, authority: 'platform', children: [] });
  }
  const authority = random.pick(['developer', 'admin', 'owner']);
  const owner = await makeOwner(clients, tenant, random.pick(['member', 'identity']), { role: authority });
  const scopes = authority === 'developer' ? ['rescind:tokens:write'] : ['rescind:business:admin'];
  const issued = owner && (await issueTo(clients, owner, { scopes }));
  if (!issued) return null;
  const known = tokens.admit({
    ...issued,
    owner: owner.id,
    business: tenant.id,
    ways: ['verify', 'gateway'],
  });
  return Object.assign(known, { tenant, authority, ownership: owner, children: [] });
}

/** @returns true when it was answered, whatever the answer */
async function act(clients, actor) {
  const startMs = performance.now();
  try {
    const answer = await clients.random.pick(ACTS[actor.authority])(clients, actor);
    if (answer === null) return false;
    const outcome = ACT_OUTCOMES[answer.status];
    if (outcome !== undefined)
      clients.history.addVerification({
        token: actor.number,
        verifier: answer.verifier,
        way: 'acted',
        outcome,
        startMs,
        endMs: performance.now(),
      });
    return answer.status < 300;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return false;
  }
}

/** What an answer says of whoever asked; of a 403 it depends. */
const ACT_OUTCOMES = { 200: 'active', 201: 'active', 404: 'active', 409: 'active', 401: 'inactive' };

async function issueToOneself(clients, actor) {
  const answer = await actAs(clients, actor, '/api/v1/tokens', { name: 'child' });
  if (answer.status === 201) takeChild(clients, actor, answer.body, null);
  return answer;
}

async function rotateChild(clients, actor) {
  const child = actor.children.pop();
  if (child === undefined) return null;
  const change = { kind: 'rotate', token: child.number, graceMs: 0 };
  /** @type {any} */
  let answer;
  await clients.recorded(change, child, async () => {
    answer = await actAs(clients, actor, `/api/v1/tokens/${child.id}/rotate`, { grace_seconds: 0 });
    return answer;
  });
  if (answer.status === 201) takeChild(clients, actor, answer.body, child.number);
  return answer;
}

async function revokeChild(clients, actor) {
  const child = actor.children.pop();
  if (child === undefined) return null;
  /** @type {any} */
  let answer;
  await clients.recorded({ kind: 'revoke', token: child.number }, child, async () => {
    answer = await actAs(clients, actor, `/api/v1/tokens/${child.id}/revoke`, { reason: 'torture' });
    return answer;
  });
  return answer;
}

function addMember(clients, actor) {
  const name = `added-${clients.random.whole(1e12)}`;
  return actAs(clients, actor, '/api/v1/members', { email: `${name}@example.com`, name, role: 'developer' });
}

function issueAsPlatform(clients, actor) {
  return actAs(clients, actor, '/api/v1/tokens', { name: 'for another', ...actor.tenant.product.naming });
}

function actAs({ calls }, { secret, tenant }, path, body) {
  return calls.call('POST', path, { business: tenant.id, secret, body });
}

/** Most are the actor's own affair: everybody asking about all of them would be all that anybody does. */
function takeChild({ random, tokens }, actor, { token: secret, token_info }, replaces) {
  const { owner, tenant } = actor;
  const child = {
    id: token_info.id,
    secret,
    owner,
    business: tenant.id,
    ways: ['verify', 'introspect'],
    replaces,
  };
  const known = tokens.admit(child, random.next() < SHARED_PART);
  actor.children.push(known);
}

async function endActor(clients, actor) {
  const { random, tokens } = clients;
  tokens.withdraw(actor);
  const ways =
    actor.authority === 'platform' ? ['revoke'] : ['revoke', 'revoke', 'itself', 'owner', 'demotion'];
  switch (random.pick(ways)) {
    case 'itself':
      return (await revokeToken(clients, actor, { secret: actor.secret })).ok;
    case 'owner':
      return end(clients, actor.ownership);
    case 'demotion':
      return demoteActor(clients, actor);
    default:
      return revokeActor(clients, actor);
  }
}

/** By another who acts, if there is one: they may be ended first. A snapshot taken after the answer sees all that it did. */
async function revokeActor(clients, actor) {
  const { business } = actor;
  const rival = clients.actors.find(
    (each) => each !== actor && each.business === business && each.authority !== 'developer',
  );
  let record = await revokeToken(clients, actor, rival && { secret: rival.secret });
  if (!record.ok) record = await revokeToken(clients, actor);
  const [row] = await clients.cluster.sql('SELECT pg_current_snapshot()::text AS snapshot').catch(() => []);
  record.snapshot = row?.snapshot;
  return record.ok;
}

async function demoteActor(clients, actor) {
  const { ownership, tenant } = actor;
  if (ownership.path !== 'members') return revokeActor(clients, actor);
  const change = { kind: 'begin', condition: 'demoted', subject: ownership.id };
  const { ok } = await clients.recorded(change, undefined, () =>
    clients.calls.call('PATCH', `/api/v1/members/${ownership.id}`, {
      business: tenant.id,
      body: { role: 'auditor' },
    }),
  );
  return ok;
}
