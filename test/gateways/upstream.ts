import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The application behind a proxy: keeps what reaches it, and says on a WebSocket what it is told there. */
export interface Upstream {
  port: number;
  received: Received[];
  close(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      received.push({ method, url, headers, body });
      response.setHeader('content-type', 'text/plain').end('from the application');
    });
  }).listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: '' });
    sockets.handleUpgrade(request, socket, head, (opened) =>
      opened.on('message', (data, isBinary) => opened.send(data, { binary: isBinary })),
    );
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received,
    close: async () => {
      for (const opened of sockets.clients) opened.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
