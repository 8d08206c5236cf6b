// @ts-check
import { randomUUID } from 'node:crypto';
import { seeded } from '../lib/random.mjs';
import { comparable, contractFaults, foreignDetector, refusedThoughAllowed, strangerTo } from './checks.mjs';
import { curlOf } from './curl.mjs';
import { insiderFaults, shownToInsider } from './insiders.mjs';
import { makeRequest } from './requests.mjs';
import { createAttacker } from './world.mjs';

const REQUESTS_PER_WORLD = 400;
const CONCURRENCY = 8;
/** Fewer may all have gone without a header. */
const MEANT_MIN = 5;

/** Request `index` of a seed is decided by these two alone, whatever ran before it. */
const generatorOf = (seed, index) => seeded(Math.imul(seed, 2654435761) ^ Math.imul(index + 1, 40503));

/**
 * Sends `count` requests to a running Rescind and collects what is wrong with the answers.
 * @param say told of progress. @param report told of each finding {operation, fault, curl}
 */
export async function runCampaign({ rescind, session, operations, victim, leaks, seed, count, say, report }) {
  const showsForeign = foreignDetector(victim);
  const statuses = new Map();
  /** Of each operation, how many requests were meant to be as it says, and how many were. */
  const valid = new Map();

  async function send({ method, path, headers, body }) {
    return rescind.client.request(method, path, { headers, body });
  }

  /** The same question about something that does not exist; asked again before it counts, for the world moves. */
  async function tellsApart(request) {
    const stranger = strangerTo(request, victim, randomUUID());
    if (stranger === null) return [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const [foreign, missing] = [comparable(await send(request)), comparable(await send(stranger))];
      if (foreign === missing) return [];
      if (attempt === 2)
        return [`tells foreign from missing: ${foreign.slice(0, 150)} | ${missing.slice(0, 150)}`];
    }
    return [];
  }

  /** A suspended business answers nothing but 401 for the rest of its campaign. */
  async function resume(business) {
    const { status } = await rescind.api.post(`/api/v1/admin/businesses/${business}/resume`);
    if (status >= 300) throw new Error(`the business could not be resumed: ${status}`);
  }

  async function one(index, world) {
    const operation = operations[index % operations.length];
    const request = makeRequest(operation, world, generatorOf(seed, index));
    const faults = [];
    if (request.mode === 'valid') {
      const { meant = 0, made = 0 } = valid.get(operation.id) ?? {};
      valid.set(operation.id, { meant: meant + 1, made: made + Number(request.allowed) });
    }
    try {
      const answer = await send(request);
      if (answer.status < 300 && request.path.includes(`${world.id}/suspend`)) await resume(world.id);
      const key = `${operation.id} ${answer.status}`;
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
      faults.push(...contractFaults(operation, request, answer), ...showsForeign(request, answer, world));
      faults.push(...refusedThoughAllowed(operation, request, answer));
      faults.push(...shownToInsider(request, answer, world));
      faults.push(...leaks.inAnswer(operation, request, answer).map((name) => `answers with a ${name}`));
      if (answer.status >= 400) faults.push(...(await tellsApart(request)));
    } catch (error) {
      faults.push(`no answer: ${error.message}`);
    }
    for (const fault of faults)
      report({
        operation: operation.id,
        fault,
        index,
        actor: request.actor.name,
        curl: curlOf(rescind.url, request),
      });
  }

  for (let from = 0; from < count; from += REQUESTS_PER_WORLD) {
    const world = await createAttacker(rescind.api, victim, from / REQUESTS_PER_WORLD);
    for (const secret of world.allSecrets) leaks.learn(secret);
    let next = from;
    const until = Math.min(count, from + REQUESTS_PER_WORLD);
    const lane = async () => {
      while (next < until && rescind.child.exitCode === null) await one(next++, world);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    for (const fault of await insiderFaults(session, world)) report({ operation: 'insiders', fault });
    say(`${until}/${count} requests`);
  }
  for (const [operation, { meant, made }] of valid)
    if (meant >= MEANT_MIN && made === 0)
      report({
        operation,
        fault: `none of ${meant} requests was as its description has it: it is not tried`,
      });
  return statuses;
}
