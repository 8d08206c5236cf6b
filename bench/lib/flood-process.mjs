// @ts-check
/**
 * One tenant floods the service in one way, over many connections, as fast as it is answered. First message: {url, kind,
 * connections, business, secrets}. Says `flooding` when it is at full strength, and the statuses of all answers, as
 * JSON, when it is told to stop (SIGTERM).
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { WebSocket } from 'ws';
import { LOOK_UP_FLOODS } from './flood.mjs';
import { assertLoopback } from './loopback.mjs';

const [{ url, kind, connections, business, secrets }] = await once(process, 'message');
const { hostname, port } = new URL(assertLoopback(url));
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
const statuses = {};
let stopping = false;
let number = 0;

/** Of questions on one stream; it may have 1,000. */
const UNANSWERED = 900;

const note = (/** @type {string} */ what) => (statuses[what] = (statuses[what] ?? 0) + 1);
const as = (secret) => ({ authorization: `Bearer ${secret}`, 'x-business-id': business });
/** Not that of the neighbour: connections and failed authentications are limited by address. */
const localAddress = LOOK_UP_FLOODS.includes(kind) ? '127.0.0.2' : undefined;
const json = { 'content-type': 'application/json' };
/** Has the form of a secret, is nobody's, and so has to be looked up. */
const unknown = () => randomBytes(32).toString('hex');
const many = (what) => JSON.stringify(what(Array.from({ length: 100 }, unknown)));
const posted = (path, body) => ({ method: 'POST', path, headers: { ...as(secrets.admin), ...json }, body });

/** What is asked; `secrets` are of an administrator, of an auditor, and of nobody. */
const FLOODS = {
  ready: () => ({ path: '/health/ready' }),
  'denied calls': () => ({ method: 'POST', path: '/api/v1/members', headers: as(secrets.auditor) }),
  'denied verifications': () => ({
    method: 'POST',
    path: '/api/v1/tokens/verify',
    headers: as(secrets.auditor),
  }),
  issuing: () => ({
    method: 'POST',
    path: '/api/v1/tokens',
    headers: { ...as(secrets.admin), ...json },
    body: `{"name":"flood ${++number}"}`,
  }),
  'issuing by the platform': () => ({ ...FLOODS.issuing(), headers: { ...as(secrets.platform), ...json } }),
  listing: () => ({ path: '/api/v1/tokens?limit=100&include_total_count=true', headers: as(secrets.admin) }),
  searching: () => ({ path: '/api/v1/audit/events?limit=100&reason=x', headers: as(secrets.admin) }),
  streams: () => ({ path: '/api/v1/audit/stream?sequence_from=1', headers: as(secrets.admin) }),
  exports: () => ({ path: '/api/v1/audit/export', headers: as(secrets.admin) }),
  'wrong tokens': () => ({
    method: 'POST',
    path: '/api/v1/tokens/verify',
    headers: { ...as(secrets.wrong[number++ % secrets.wrong.length]), ...json },
    body: '{"token":"dz_nothing"}',
  }),
  batches: () =>
    posted(
      '/api/v1/tokens/verify-batch',
      many((all) => ({ items: all.map((token) => ({ token })) })),
    ),
  leaks: () =>
    posted(
      '/api/v1/leaks',
      many((all) => ({ leaks: all.map((secret) => ({ secret })) })),
    ),
  introspections: () => ({
    method: 'POST',
    path: '/oauth/introspect',
    headers: { ...as(secrets.admin), 'content-type': 'application/x-www-form-urlencoded' },
    body: `token=${unknown()}`,
  }),
  'unknown bearers': () => ({
    method: 'POST',
    path: '/api/v1/tokens/verify',
    headers: { ...as(unknown()), ...json },
    body: '{"token":"dz_nothing"}',
  }),
};

function ask({ method = 'GET', path, headers = {}, body }) {
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const call = http.request(
      { agent, hostname, port, localAddress, method, path, headers: { ...headers, ...length } },
      (response) => {
        note(String(response.statusCode));
        response.on('error', resolve).on('close', resolve).resume();
      },
    );
    call.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      note(error.code ?? error.message);
      setTimeout(resolve, 100);
    });
    call.end(body);
  });
}

/** Asks on the stream of a client verifier, with nearly as many questions unanswered as it may have. @returns once it is closed */
function askOnStream() {
  const stream = new WebSocket(
    `${url.replace('http', 'ws')}/api/v1/verifiers/stream`,
    ['rescind.verifier.v1'],
    {
      headers: as(secrets.admin),
      localAddress,
      perMessageDeflate: false,
    },
  );
  let asked = 0;
  const say = () => stream.send(JSON.stringify({ type: 'ask', id: ++asked, secret: unknown() }));
  stream.on('open', () => stream.send('{"type":"hello","version":1,"name":"flood","max":0}'));
  stream.on('message', (data) => {
    const { type } = JSON.parse(String(data));
    if (type === 'welcome') for (let count = 0; count < UNANSWERED; count++) say();
    if (type !== 'fact' && type !== 'failed') return;
    note(type);
    if (stream.readyState === stream.OPEN) say();
  });
  return new Promise((resolve) => {
    stream.on('error', (error) => note(error.message));
    stream.on('close', (code, reason) => {
      note(`closed ${code} ${reason}`);
      setTimeout(resolve, 100);
    });
  });
}

async function flood() {
  while (!stopping) await (kind === 'asks' ? askOnStream() : ask(FLOODS[kind]()));
}

process.on('SIGTERM', () => {
  stopping = true;
  process.stdout.write(`${JSON.stringify(statuses)}\n`, () => process.exit(0));
});
process.on('disconnect', () => process.exit(1));

for (let count = 0; count < connections; count++) void flood();
setTimeout(() => process.stdout.write('flooding\n'), 1000);
