// @ts-check
import { startPeer } from '../lib/peers.mjs';
import { startRescind } from '../lib/rescind.mjs';
import { median, summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant, introspectRequest, verifyRequest } from '../lib/tenants.mjs';

/** Header fields that are the connection's, or new for each answer. */
const NOT_REPEATED = [
  'date',
  'connection',
  'keep-alive',
  'content-length',
  'x-request-id',
  'transfer-encoding',
];

/**
 * What is asked, of one token.
 * @type {Record<string, (tenant: any, token: any, platform: string) => any>}
 */
const SHAPES = {
  'verify, the token alone': verifyRequest,
  'verify, with scopes': (tenant, token) => ({
    ...verifyRequest(tenant, token),
    body: JSON.stringify({ token: token.secret, scopes: ['jobs:read'] }),
  }),
  'introspection by a business': introspectRequest,
  'introspection by the platform': (tenant, token, platform) => ({
    ...introspectRequest(tenant, token),
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${platform}` },
  }),
  gateway: (_tenant, { secret }) => ({
    method: 'GET',
    path: '/gateway/authorize?scope=jobs:read',
    headers: { authorization: `Bearer ${secret}` },
    expect: [],
  }),
};

/**
 * Each shape of a verification beside bare Fastify that answers the same bytes: fresh processes in turns, the order
 * changing. @returns rows with rates, and ratios taken within one round
 */
export async function measureShapes(context, { rounds, seconds, warmUpSeconds, connections, tokens }) {
  const { database, env, directory, load, mint, say } = context;
  const settings = { ...env, ...database.settingsFor(await database.create('shapes')) };
  const rescind = await startRescind({ env: settings, directory });
  const tenant = await createTenant(rescind.api, 'Shapes Ltd');
  const session = await database.connect(settings.RESCIND_MIGRATE_URL);
  const issued = await copyTokens(session, mint, tenant, tokens);
  await session.end();
  const shapes = Object.values(SHAPES).map((requestOf) =>
    issued.map((token) => requestOf(tenant, token, env.RESCIND_BOOTSTRAP_TOKEN)),
  );
  const bare = [];
  for (const requests of shapes) bare.push(await answered(rescind, requests, issued));
  await rescind.stop();
  const contestants = {
    rescind: async () => ({ ...(await startRescind({ env: settings, directory })), shapes }),
    bare: async () => ({
      ...(await startPeer('bare-shape', directory, { shapes: bare })),
      shapes: bare.map((requests, index) => requests.map((request) => ({ ...request, path: `/${index}` }))),
    }),
  };
  const results = Object.keys(SHAPES).map(() => ({ rescind: [], bare: [] }));
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(contestants);
    for (const [name, start] of round % 2 === 0 ? order : order.reverse()) {
      const contestant = await start();
      for (const [index, requests] of contestant.shapes.entries()) {
        await load.run(contestant, { requests, connections, seconds: warmUpSeconds });
        const result = await load.run(contestant, { requests, connections, seconds });
        results[index][name].push(result);
        say(`round ${round + 1}/${rounds} ${name}, shape ${index + 1}: ${Math.round(result.perSecond)}/s`);
      }
      await contestant.stop();
    }
  }
  return Object.keys(SHAPES).map((name, index) => rowOf(name, results[index]));
}

/** The requests as bare Fastify is to be asked them, each with the answer that it is to repeat. */
async function answered({ client }, requests, issued) {
  const repeated = [];
  for (const [index, { method, path, headers, body }] of requests.entries()) {
    const answer = await client.request(method, path, { headers, body });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    const kept = Object.entries(answer.headers).filter(([name]) => !NOT_REPEATED.includes(name));
    repeated.push({
      method,
      headers,
      body,
      expect: [],
      key: body === undefined ? headers.authorization : issued[index].secret,
      answer: { headers: Object.fromEntries(kept), text: answer.text === '' ? undefined : answer.text },
    });
  }
  return repeated;
}

function rowOf(name, { rescind, bare }) {
  return {
    name,
    perSecond: summary(rescind.map((result) => result.perSecond)),
    bare: summary(bare.map((result) => result.perSecond)),
    ratio: summary(rescind.map((result, round) => result.perSecond / bare[round].perSecond)),
    microseconds: median(rescind.map((result) => result.serverMicrosecondsPerAnswer)),
    bareMicroseconds: median(bare.map((result) => result.serverMicrosecondsPerAnswer)),
  };
}
