import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/** A connection that is handed over to another protocol. */
interface Upgrade {
  socket: Duplex;
  /** Bytes that were already received after the request. */
  head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade & { response: ServerResponse }>();

/** Whether a request asks for a WebSocket (RFC 6455 §4.1). All others stay HTTP, including those that offer h2c. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
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
