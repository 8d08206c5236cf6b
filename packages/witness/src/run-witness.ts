import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenAddressIn } from '../../../src/config/listen-address.js';
import { opened } from '../../../src/cli/cannot-listen.js';
import { report } from './report.js';
import { onStopSignal } from '../../../src/cli/stop-signal.js';
import { UnusableWitness } from './unusable-witness.js';
import { readWitnessKey } from './witness-key.js';
import { WitnessState } from './witness-state.js';
import { Witness, type WitnessAnswer } from './witness.js';
import { readWitnessedLogs } from './witnessed-logs.js';

/** A checkpoint with 64 signatures and 63 lines of proof is shorter. */
const BODY_BYTES_MAX = 65_536;
const REQUEST_MS_MAX = 10_000;
const KEEP_ALIVE_MS = 65_000;
const CONNECTIONS_MAX = 256;

const TEXT = 'text/plain; charset=utf-8';
const CHECKPOINT_PATH = /^\/([0-9a-f]{64})\/checkpoint$/;

/** A server, not listening yet, for the witness: `POST /add-checkpoint` and `GET /<hash of the origin>/checkpoint`. */
function witnessServer(witness: Witness, complain: (error: unknown) => void): Server {
  const server = createServer(
    { requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      answerTo(witness, request)
        .catch((error: unknown): WitnessAnswer => {
          if (request.destroyed && !request.complete) return { status: 400, body: '', contentType: TEXT };
          complain(error);
          return { status: 500, body: 'the witness cannot answer now\n', contentType: TEXT };
        })
        .then((answer) => send(request, response, answer))
        .catch(complain);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function answerTo(witness: Witness, request: IncomingMessage): Promise<WitnessAnswer> {
  const [path = ''] = (request.url ?? '').split('?');
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return { status: 405, body: 'POST only\n', contentType: TEXT };
    const body = await bodyOf(request);
    if (body === null) return { status: 413, body: `at most ${BODY_BYTES_MAX} bytes\n`, contentType: TEXT };
    return witness.addCheckpoint(body);
  }
  const [, hashOfOrigin] = CHECKPOINT_PATH.exec(path) ?? [];
  if (hashOfOrigin === undefined || request.method !== 'GET')
    return { status: 404, body: 'nothing is here\n', contentType: TEXT };
  return witness.checkpoint(hashOfOrigin);
}

/** Null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(request: IncomingMessage, response: ServerResponse, answer: WitnessAnswer): void {
  // The rest of a body that was not read must not be taken for the next request.
  const isRead = request.complete;
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    ...(isRead ? {} : { connection: 'close' }),
  });
  response.end(answer.body);
}

/** How long running requests may take when the process is stopped. */
const DRAIN_MS_MAX = 5000;

/** Serves until a stop signal. @throws UnusableWitness, CannotListen */
export async function runWitness(options: {
  key: string;
  logs?: string;
  state?: string;
  listen: string;
}): Promise<void> {
  const { logs: logsFile, state: directory } = options;
  if (logsFile === undefined || directory === undefined)
    throw new UnusableWitness('A witness needs --logs and --state, or --make-key.');
  const address = listenAddressIn(options.listen);
  if (address === null)
    throw new UnusableWitness('--listen takes an address and a port, such as 127.0.0.1:7700 or [::1]:7700.');
  const key = await readWitnessKey(options.key);
  const logs = await readWitnessedLogs(logsFile);
  const state = new WitnessState(directory);
  await state.open(logs.keys());
  const stopSignal = onStopSignal();
  const witness = new Witness(key, logs, state, { report, nowMs: () => Date.now() });
  const server = witnessServer(witness, (error) => report(`The witness could not answer: ${String(error)}`));
  const names = { host: '--listen', port: '--listen' };
  await opened(() => once(server.listen(address.port, address.host), 'listening'), { ...address, names });
  const { address: host, family, port } = server.address() as AddressInfo;
  report(
    `The witness is ready.\n  Address       http://${family === 'IPv6' ? `[${host}]` : host}:${port}\n  Verifier key  ${key.vkey}\n  Logs          ${logs.size}`,
  );
  await stopSignal;
  const overdue = setTimeout(() => server.closeAllConnections(), DRAIN_MS_MAX).unref();
  server.closeIdleConnections();
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(overdue);
}
