// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { copyTokens, revokeRequest, verifyRequest } from '../lib/tenants.mjs';

const LASTING_TOKENS = 500;
const TICK_MS = 5;
const IN_FLIGHT_MAX = 2000;

/** Shares of the mix, out of 100. Each issued token is rotated, revoked and asked for once more, so that the number of live ones stays. */
const MIX = [
  ['verify', 86],
  ['verify garbage', 4],
  ['life of a token', 4],
  ['list', 3],
  ['audit query', 3],
];

/**
 * The work of a product's back end in miniature. Latency counts from the moment a request was due, not from when
 * it could be sent, so that a stall is seen by all that it delays.
 */
export async function mixedLoad({ client, session, tenants, mint }) {
  const lasting = [];
  for (const tenant of tenants) {
    for (const token of await copyTokens(session, mint, tenant, LASTING_TOKENS))
      lasting.push(verifyRequest(tenant, token));
  }
  const faults = { count: 0, first: [] };
  let latencies = [];
  let turn = 0;

  /** @param {{ method: string, path: string, headers: Record<string, string>, body?: string, status?: number, expect: string[] }} request */
  async function ask({ method, path, headers, body, status = 200, expect }) {
    const answer = await client.request(method, path, { headers, body });
    if (answer.status === status && expect.every((part) => answer.text.includes(part))) return answer.body;
    faults.count += 1;
    if (faults.first.length < 5)
      faults.first.push(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
    return null;
  }

  const post = (tenant, path, body, status, expect) =>
    ask({ method: 'POST', path, headers: tenant.headers, body: JSON.stringify(body), status, expect });

  async function lifeOfToken(tenant) {
    const issued = await post(
      tenant,
      '/api/v1/tokens',
      { name: 'soaked', scopes: ['rescind:tokens:read'] },
      201,
      ['"token":"'],
    );
    if (!issued) return;
    const rotated = await post(tenant, `/api/v1/tokens/${issued.token_info.id}/rotate`, {}, 201, [
      '"token":"',
    ]);
    if (!rotated) return;
    const { token: secret, token_info: token } = rotated;
    await post(tenant, '/api/v1/tokens/verify', { token: secret }, 200, ['"active":true', token.id]);
    await ask(revokeRequest(tenant, token));
    await post(tenant, '/api/v1/tokens/verify', { token: secret }, 200, [
      '"active":false',
      '"reason":"revoked"',
    ]);
  }

  const get = ({ headers }, path) =>
    ask({
      method: 'GET',
      path,
      headers: { authorization: headers.authorization, 'x-business-id': headers['x-business-id'] },
      expect: ['"items":['],
    });
  const kinds = {
    verify: () => ask(lasting[(turn * 7919) % lasting.length]),
    'verify garbage': (tenant) =>
      post(tenant, '/api/v1/tokens/verify', { token: mint().secret }, 200, ['"active":false']),
    'life of a token': lifeOfToken,
    list: (tenant) => get(tenant, '/api/v1/tokens?limit=20&include_revoked=true'),
    'audit query': (tenant) => get(tenant, '/api/v1/audit/events?limit=20'),
  };
  const wheel = MIX.flatMap(([kind, share]) => Array(share).fill(kind));

  /** Sends `rate` operations a second for `milliseconds`, then waits for the last answers. */
  async function run(rate, milliseconds) {
    const started = performance.now();
    const open = new Set();
    for (let sent = 0; performance.now() - started < milliseconds; await delay(TICK_MS)) {
      const due = Math.floor(((performance.now() - started) / 1000) * rate);
      for (; sent < due; sent++) {
        if (open.size >= IN_FLIGHT_MAX)
          throw new Error(`${IN_FLIGHT_MAX} operations are waiting: ${rate} a second are too many here.`);
        const dueAt = started + (sent / rate) * 1000;
        // A stride that is prime to 100 mixes the kinds evenly.
        const kind = wheel[(turn * 37) % wheel.length];
        const operation = kinds[kind](tenants[turn++ % tenants.length])
          .catch((error) => {
            faults.count += 1;
            faults.first.push(`${kind}: ${error.message}`);
          })
          .finally(() => {
            latencies.push(performance.now() - dueAt);
            open.delete(operation);
          });
        open.add(operation);
      }
    }
    await Promise.all(open);
  }

  /** Latencies in ms since the last call. */
  function takeLatencies() {
    const taken = latencies;
    latencies = [];
    return taken;
  }

  return { run, takeLatencies, faults: () => faults };
}
