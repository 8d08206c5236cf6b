import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { text } from 'node:stream/consumers';
import type { Certificate } from '../../support/certificate.js';

interface Batch {
  headers: IncomingHttpHeaders;
  body: string;
}

/** An HTTPS server that keeps what it answered with 2xx. */
export class HttpsReceiver {
  readonly batches: Batch[] = [];
  /** How often it was asked, whatever it answered. */
  attempts = 0;
  /** What it answers next; `hang`: nothing, ever. */
  answer: number | 'hang' = 204;

  private constructor(private readonly server: https.Server) {}

  static async open({ cert, key }: Certificate): Promise<HttpsReceiver> {
    const server = https.createServer({ cert, key });
    const receiver = new HttpsReceiver(server);
    server.on('request', (request, response) => {
      receiver.attempts += 1;
      const { answer } = receiver;
      if (answer === 'hang') return;
      void text(request).then(
        (body) => {
          if (answer < 300) receiver.batches.push({ headers: request.headers, body });
          response.writeHead(answer, answer === 429 ? { 'retry-after': '1' } : {}).end();
        },
        () => undefined,
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}/events?source=rescind`;
  }

  get lines(): string[] {
    return this.batches.flatMap(({ body }) => body.split('\n').filter((line) => line !== ''));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** A syslog server that takes frames with their length before them (RFC 6587 §3.4.1). */
export class SyslogReceiver {
  readonly messages: string[] = [];
  connections = 0;
  private messagesAConnection = Infinity;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async open(certificate?: Certificate): Promise<SyslogReceiver> {
    const server = certificate === undefined ? net.createServer() : tls.createServer(certificate);
    const receiver = new SyslogReceiver(server);
    server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
      receiver.take(socket),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends every connection after so many messages from now on; 0: at once, without having read. */
  takeAConnection(messages: number): void {
    this.messagesAConnection = messages;
    for (const socket of this.sockets) socket.end();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private take(socket: Socket): void {
    this.connections += 1;
    if (this.messagesAConnection === 0) {
      socket.destroy();
      return;
    }
    this.sockets.add(socket);
    let buffered = Buffer.alloc(0);
    let taken = 0;
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      for (;;) {
        const space = buffered.indexOf(0x20);
        const length = Number(buffered.subarray(0, Math.max(space, 0)).toString());
        if (space < 1 || buffered.length < space + 1 + length || taken >= this.messagesAConnection) return;
        this.messages.push(buffered.subarray(space + 1, space + 1 + length).toString());
        buffered = buffered.subarray(space + 1 + length);
        taken += 1;
        if (taken >= this.messagesAConnection) socket.end();
      }
    });
  }
}
