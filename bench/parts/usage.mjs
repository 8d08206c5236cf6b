// @ts-check
import { startRescind } from '../lib/rescind.mjs';
import { changed } from '../lib/settings.mjs';
import { median, summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant, introspectRequest, verifyRequest } from '../lib/tenants.mjs';
import { measureNoting } from './usage-noting.mjs';

/**
 * What is asked, of one token.
 * @type {Record<string, (tenant: any, token: any, index: number) => any>}
 */
const SHAPES = {
  'verify, the token alone': verifyRequest,
  'verify, with address and user agent': (tenant, token, index) => ({
    ...verifyRequest(tenant, token),
    body: JSON.stringify({
      token: token.secret,
      ip: `203.0.113.${index % 256}`,
      user_agent: `orders/${index % 40} (linux; x64)`,
    }),
  }),
  introspection: introspectRequest,
  gateway: (_tenant, { secret }) => ({
    method: 'GET',
    path: '/gateway/authorize?scope=jobs:read',
    headers: { authorization: `Bearer ${secret}`, 'user-agent': 'a browser of somebody/7' },
    expect: [],
  }),
};

/**
 * The same service on the same database, with usage recorded and not, two processes in turns, the order changing: rates, and
 * processor time, which tells of them on a machine that others use as well.
 * @returns rows with ratios taken within one round
 */
export async function measureUsage(context, { rounds, seconds, warmUpSeconds, connections, tokens }) {
  const { database, env, directory, load, mint, say } = context;
  const settings = { ...env, ...database.settingsFor(await database.create('usage')) };
  const contestants = {
    on: await startRescind({ env: settings, directory }),
    off: await startRescind({ env: { ...settings, ...changed('RESCIND_USAGE') }, directory }),
  };
  const tenant = await createTenant(contestants.on.api, 'Used Ltd');
  const session = await database.connect(settings.RESCIND_MIGRATE_URL);
  const issued = await copyTokens(session, mint, tenant, tokens);
  await session.end();
  const shapes = Object.entries(SHAPES).map(([name, requestOf]) => ({
    name,
    requests: issued.map((token, index) => requestOf(tenant, token, index)),
    on: [],
    off: [],
  }));
  for (const { requests } of shapes)
    for (const contestant of Object.values(contestants))
      await load.run(contestant, { requests, connections, seconds: warmUpSeconds });
  for (let round = 0; round < rounds; round++)
    for (const shape of shapes)
      for (const which of round % 2 === 0 ? ['on', 'off'] : ['off', 'on']) {
        const { requests } = shape;
        const result = await load.run(contestants[which], { requests, connections, seconds });
        shape[which].push(result);
        say(`round ${round + 1}/${rounds} ${which}, ${shape.name}: ${Math.round(result.perSecond)}/s`);
      }
  for (const contestant of Object.values(contestants)) await contestant.stop();
  return { rows: shapes.map(rowOf), noting: await measureNoting(tokens) };
}

function rowOf({ name, on, off }) {
  const ratioOf = (what) => summary(on.map((result, round) => what(result, off[round])));
  return {
    name,
    perSecond: summary(on.map(({ perSecond }) => perSecond)),
    off: summary(off.map(({ perSecond }) => perSecond)),
    ratio: ratioOf((one, other) => one.perSecond / other.perSecond),
    microseconds: median(on.map((result) => result.serverMicrosecondsPerAnswer)),
    offMicroseconds: median(off.map((result) => result.serverMicrosecondsPerAnswer)),
    processorRatio: ratioOf(
      (one, other) => other.serverMicrosecondsPerAnswer / one.serverMicrosecondsPerAnswer,
    ),
  };
}
