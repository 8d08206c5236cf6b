import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between client verifiers and their server, and breaks in ways that one of the two does not see. */
export class StreamLink {
  private readonly pairs = new Set<{ client: Socket; server: Socket }>();
  private isSilent = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(target: string): Promise<StreamLink> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const link = new StreamLink(server, `http://127.0.0.1:${port}`);
    server.on('connection', (client) => link.accept(client, Number(new URL(target).port)));
    return link;
  }

  /** Nothing passes any more, and nobody is told. */
  silence(): void {
    this.isSilent = true;
  }

  /** The server sees its connections close; the clients see nothing. */
  closeBehind(): void {
    this.silence();
    for (const { server } of this.pairs) server.destroy();
  }

  close(): void {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
    this.server.close();
  }

  private accept(client: Socket, port: number): void {
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const pair = { client, server };
    this.pairs.add(pair);
    client.on('data', (chunk) => this.isSilent || server.write(chunk));
    server.on('data', (chunk) => this.isSilent || client.write(chunk));
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!this.isSilent) for (const other of [client, server]) other.destroy();
      });
    }
  }
}
