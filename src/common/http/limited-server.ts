import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionLimits } from '../../config/http.config.js';
import { clientKeyOf } from './client-key.js';

/**
 * How often to check for requests that take too long to arrive; more often if the limit is less than four times this.
 */
const CHECK_MS_MAX = 2500;

/**
 * Requests that may come on one connection in one turn of the event loop before an earlier one is answered. Hardly any
 * client sends them so; tens of thousands fit into what is read at once, and would all be begun before anything else.
 */
const PIPELINED_MAX = 16;

type Limit = 'per_address' | 'total' | 'pipelined' | 'answer_idle';

const closed = new Map<Limit, number>([
  ['per_address', 0],
  ['total', 0],
  ['pipelined', 0],
  ['answer_idle', 0],
]);

/** How many connections were closed, by the exceeded limit, for all servers of the process. */
export const closedConnections: ReadonlyMap<string, number> = closed;

function countClosed(limit: Limit): void {
  closed.set(limit, (closed.get(limit) ?? 0) + 1);
}

/**
 * An HTTP server with a limit for every phase of a connection, so that no client can occupy it. Only the time until an
 * answer begins, and the time to send it to a client that reads, are not limited.
 * @param isProxy whether an address is a trusted proxy's, and so no client's
 */
export function createLimitedServer(
  handler: RequestListener,
  limits: ConnectionLimits,
  isProxy: (address: string) => boolean,
): Server {
  const { requestMs } = limits;
  const headersTimeout = requestMs / 3;
  const server = createServer(
    {
      headersTimeout,
      requestTimeout: requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(headersTimeout / 4, CHECK_MS_MAX),
      shouldUpgradeCallback: asksForWebSocket,
    },
    (request, response) => {
      if (isPipelinedTooFar(request, response)) return;
      response.on('timeout', endIfUnread);
      handler(request, response);
    },
  );
  // For which an answer may wait for its reader to take the next bytes.
  server.timeout = requestMs;
  server.maxConnections = limits.connections;
  server.on('drop', () => countClosed('total'));
  limitByAddress(server, limits.connectionsPerAddress, isProxy);
  return server;
}

/** Of each connection, for one turn of the event loop: the latest request that was found to wait, and how many were. */
const waiting = new WeakMap<Socket, { latest: IncomingMessage; count: number }>();

/**
 * Whether a request is one too many that came before an earlier one was answered: its connection is closed then, and
 * nothing may be done for it. To be asked by whoever is the first to see it; asking again changes nothing.
 */
export function isPipelinedTooFar(request: IncomingMessage, response: ServerResponse): boolean {
  // An answer that is not the next to be sent has no socket yet.
  if (response.socket !== null) return false;
  const { socket } = request;
  if (socket.destroyed) return true;
  const known = waiting.get(socket);
  if (known?.latest === request) return false;
  if (known === undefined) setImmediate(() => waiting.delete(socket));
  const count = (known?.count ?? 0) + 1;
  waiting.set(socket, { latest: request, count });
  if (count <= PIPELINED_MAX) return false;
  countClosed('pipelined');
  socket.destroy();
  return true;
}

/**
 * Nothing has come or gone on the connection for as long as an answer may be idle. Node has looked that not even a
 * part of what is waiting was taken; and where nothing is waiting, the answer is still being made.
 */
function endIfUnread(this: ServerResponse, socket?: Socket): void {
  if (socket === undefined || socket.writableLength === 0) return;
  countClosed('answer_idle');
  socket.destroy();
}

function limitByAddress(server: Server, max: number, isProxy: (address: string) => boolean): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isProxy(remoteAddress)) return;
    const address = clientKeyOf(remoteAddress);
    const count = open.get(address) ?? 0;
    if (count >= max) {
      countClosed('per_address');
      socket.resetAndDestroy();
      return;
    }
    open.set(address, count + 1);
    socket.once('close', () => {
      const left = (open.get(address) as number) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

/** A connection that is handed over to another protocol. */
interface Upgrade {
  socket: Duplex;
  /** Bytes that were already received after the request. */
  head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade & { response: ServerResponse }>();

/** Whether a request asks for a WebSocket (RFC 6455 §4.1). All others stay HTTP, including those that offer h2c. */
function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.trim().toLowerCase() === 'websocket';
}

/**
 * Lets requests for a WebSocket go through hooks, guards and error shapes like all others, so that a refusal is an
 * ordinary answer. The route that accepts the connection takes it with `takeUpgrade`; all others answer, and the
 * connection is closed.
 */
export function routeUpgrades(
  server: Server,
  routing: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.on('finish', () => socket.destroySoon());
    upgrades.set(request, { socket, head, response });
    routing(request, response);
  });
}

/** Takes over the connection of a request for a WebSocket; null: it is not such a request. */
export function takeUpgrade(request: IncomingMessage): Upgrade | null {
  const upgrade = upgrades.get(request);
  if (upgrade === undefined) return null;
  upgrades.delete(request);
  upgrade.response.detachSocket(upgrade.socket as Socket);
  return upgrade;
}
