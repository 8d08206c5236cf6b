import { connect, type Socket } from 'node:net';
import { waitFor } from './wait-for.js';

/** A TCP connection to the service, on which anything can be sent, slowly, or not at all. */
export class RawConnection {
  /** All that came so far. */
  received = '';
  isClosed = false;
  /** The other side sends no more, and may still wait for what this one sends. */
  hasEnded = false;
  private readonly openedMs = performance.now();
  private closedMs: number | undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.once('end', () => (this.hasEnded = true));
    socket.once('close', () => {
      this.isClosed = true;
      this.closedMs = performance.now();
    });
  }

  /** @param localAddress one of 127/8, to be another client */
  static async open(url: string, localAddress?: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({
      host: hostname,
      port: Number(port),
      allowHalfOpen: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    const connection = new RawConnection(socket);
    // One that is refused may be closed before this side knows that it was open.
    await new Promise<void>((resolve) => void socket.once('connect', resolve).once('close', () => resolve()));
    return connection;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Takes nothing from the network any more. */
  stopReading(): void {
    this.socket.pause();
  }

  /** After `stopReading`: takes what there is in this process, and no more from the network than fills its place. */
  readSome(): void {
    this.socket.resume();
    setImmediate(() => this.socket.pause());
  }

  /** How many answers have come. */
  get answers(): number {
    return this.received.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
  }

  /** @throws Error when the connection is closed before that */
  async answered(count = 1): Promise<void> {
    await waitFor(`answer ${count}`, () => this.answers >= count || this.isClosed);
    if (this.answers < count) throw new Error(`closed after ${this.answers} answers instead of ${count}`);
  }

  /**
   * Resolves with the milliseconds for which the connection was open, once the other side has closed it in both
   * directions: then only is it told so when something is sent.
   */
  async closed(): Promise<number> {
    await waitFor('the connection to be closed', () => {
      if (this.hasEnded) this.send(' ');
      return this.isClosed;
    });
    return (this.closedMs as number) - this.openedMs;
  }

  close(): void {
    this.socket.destroy();
  }
}
