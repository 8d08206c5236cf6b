import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between a client and a server, which may be another from some moment on, and can let connections live on while
 * nothing passes any more.
 */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private generation = 0;

  private constructor(
    private readonly server: Server,
    /** Where new connections lead; nobody there: they are closed. */
    public target: string,
  ) {}

  static async open(url: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, url);
    server.on('connection', (client) => proxy.join(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Everything that is open now is deaf and mute from here on, and nobody is told; new connections work. */
  swallow(): void {
    this.generation++;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(client: Socket): void {
    const { generation } = this;
    const { port, hostname } = new URL(this.target);
    const server = connect({ port: Number(port), host: hostname });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        if (generation === this.generation) to.destroy();
      });
      from.on('data', (bytes) => {
        if (generation === this.generation) to.write(bytes);
      });
    }
  }
}
