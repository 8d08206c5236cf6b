import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Witness, WitnessAnswer } from './witness.js';

/** A checkpoint with 64 signatures and 63 lines of proof is shorter. */
const BODY_BYTES_MAX = 65_536;
const REQUEST_MS_MAX = 10_000;
const KEEP_ALIVE_MS = 65_000;
const CONNECTIONS_MAX = 256;

const TEXT = 'text/plain; charset=utf-8';
const CHECKPOINT_PATH = /^\/([0-9a-f]{64})\/checkpoint$/;

/** A server, not listening yet, for the witness: `POST /add-checkpoint` and `GET /<hash of the origin>/checkpoint`. */
export function witnessServer(witness: Witness, complain: (error: unknown) => void): Server {
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
