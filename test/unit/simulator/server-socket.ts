import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import type { End } from './network.js';

/** What goes over a connection between a client verifier and a server. */
export type Frame =
  | { type: 'upgrade'; secret: string }
  | { type: 'opened' }
  | { type: 'refused'; status: number }
  | { type: 'text'; text: string }
  | { type: 'close'; code: number }
  | { type: 'ping' }
  | { type: 'pong' };

const ABNORMAL = 1006;

/** As much of a WebSocket of `ws` as a server uses. */
export class ServerSocket extends EventEmitter {
  private isPaused = false;
  private isOver = false;
  private hasClosed = false;
  private readonly unread: Frame[] = [];

  constructor(private readonly end: End) {
    super();
  }

  /** The connection is a WebSocket from here on. */
  listen(): void {
    const { end } = this;
    end.onMessage = (frame) => {
      this.unread.push(frame as Frame);
      this.read();
    };
    end.onEnd = () => this.over(ABNORMAL);
  }

  get bufferedAmount(): number {
    return this.end.waiting * 200;
  }

  send(text: string): void {
    if (!this.isOver && !this.hasClosed) this.end.send({ type: 'text', text } satisfies Frame);
  }

  close(code: number): void {
    if (this.isOver || this.hasClosed) return;
    this.hasClosed = true;
    this.end.send({ type: 'close', code } satisfies Frame);
  }

  terminate(): void {
    this.end.drop();
    this.end.host.soon(() => this.over(ABNORMAL));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.end.host.soon(() => this.read());
  }

  /** For what takes a WebSocket. */
  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }

  private read(): void {
    while (!this.isPaused && !this.isOver) {
      const frame = this.unread.shift();
      if (frame === undefined) return;
      this.take(frame);
    }
  }

  private take(frame: Frame): void {
    if (frame.type === 'text') this.emit('message', Buffer.from(frame.text), false);
    else if (frame.type === 'ping') this.end.send({ type: 'pong' } satisfies Frame);
    else if (frame.type === 'close') {
      this.close(frame.code);
      this.end.drop();
      this.over(frame.code);
    }
  }

  private over(code: number): void {
    if (this.isOver) return;
    this.isOver = true;
    this.emit('close', code);
  }
}
