import type { WebSocket } from 'ws';
import type { Clock } from '../lease/clock.js';

/** Why a stream ends, and the close code that says so (RFC 6455 §7.4.2: 4000 and above are ours). */
export const CLOSE_CODES = {
  left: 1000,
  going_away: 1001,
  protocol_error: 4400,
  credential_ended: 4401,
  too_slow: 4408,
  too_large: 4413,
  too_many: 4429,
} as const;

type CloseReason = keyof typeof CLOSE_CODES;

/** What may wait for a reader. Over it, the connection is given up. */
const QUEUED_BYTES_MAX = 1024 * 1024;
/** What is taken of one connection in one turn of the event loop, which may read thousands of small messages or a hundred of the largest. */
const MESSAGES_A_TURN = 25;
/** For the other end to take the farewell and to answer it. */
const LINGER_MS = 1000;

/** A WebSocket that carries messages in order, to a reader that takes them, and is ended with a farewell. */
export class StreamSocket {
  private endedWith: CloseReason | null = null;
  private heardInTurn = 0;
  private readonly waiting: { data: Buffer; isBinary: boolean }[] = [];

  constructor(
    private readonly socket: WebSocket,
    private readonly clock: Clock,
  ) {
    socket.on('error', () => socket.terminate());
  }

  /** Why it was ended from this side; null: it was not. */
  get ended(): CloseReason | null {
    return this.endedWith;
  }

  /** Hears each message, in order; none after the connection is gone. */
  listen(hear: (data: Buffer, isBinary: boolean) => void): void {
    this.socket.on('message', (data, isBinary) => {
      if (this.heardInTurn === MESSAGES_A_TURN) {
        this.socket.pause();
        this.waiting.push({ data: data as Buffer, isBinary });
        return;
      }
      if (this.heardInTurn === 0) this.clock.soon(() => this.nextTurn(hear));
      this.heardInTurn++;
      hear(data as Buffer, isBinary);
    });
    this.socket.on('close', () => this.waiting.splice(0));
  }

  private nextTurn(hear: (data: Buffer, isBinary: boolean) => void): void {
    const next = this.waiting.splice(0, MESSAGES_A_TURN);
    // Until no more are waiting, those that come meanwhile are behind them.
    this.heardInTurn = this.waiting.length > 0 ? MESSAGES_A_TURN : next.length;
    if (this.heardInTurn > 0) this.clock.soon(() => this.nextTurn(hear));
    for (const { data, isBinary } of next) hear(data, isBinary);
    if (this.waiting.length === 0) this.socket.resume();
  }

  /** @param text a JSON object; dropped when the connection is ending */
  send(text: string): void {
    if (this.endedWith !== null) return;
    if (this.socket.bufferedAmount > QUEUED_BYTES_MAX)
      this.end('too_slow', 'More is waiting to be read than is kept for a reader.');
    else this.socket.send(text, ignore);
  }

  /** Says why, and closes. Repeated calls change nothing. */
  end(reason: CloseReason, message: string): void {
    if (this.endedWith !== null) return;
    this.endedWith = reason;
    // Farewells know no `too_large`: the close code says it.
    const code = reason === 'too_large' ? 'protocol_error' : reason;
    if (reason !== 'left') this.socket.send(JSON.stringify({ type: 'bye', code, message }), ignore);
    this.socket.close(CLOSE_CODES[reason], reason);
    this.clock.after(LINGER_MS, () => this.destroy(), true);
  }

  destroy(): void {
    this.socket.terminate();
  }
}

/** A connection that is gone says so itself. */
function ignore(): void {}
