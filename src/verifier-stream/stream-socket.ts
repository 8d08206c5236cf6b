import type { WebSocket } from 'ws';
import { CLOSE_CODES, type CloseReason } from './close-code.js';

/** What may wait for a reader. Over it, the connection is given up. */
const QUEUED_BYTES_MAX = 1024 * 1024;
/** For the other end to take the farewell and to answer it. */
const LINGER_MS = 1000;

/** A WebSocket that carries messages in order, to a reader that takes them, and is ended with a farewell. */
export class StreamSocket {
  private endedWith: CloseReason | null = null;

  constructor(private readonly socket: WebSocket) {
    socket.on('error', () => socket.terminate());
  }

  /** Why it was ended from this side; null: it was not. */
  get ended(): CloseReason | null {
    return this.endedWith;
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
    if (reason !== 'left')
      this.socket.send(JSON.stringify({ type: 'bye', code: codeOf(reason), message }), ignore);
    this.socket.close(CLOSE_CODES[reason], reason);
    setTimeout(() => this.destroy(), LINGER_MS).unref();
  }

  destroy(): void {
    this.socket.terminate();
  }
}

/** Farewells know no `too_large`: the close code says it. */
function codeOf(reason: CloseReason): string {
  return reason === 'too_large' ? 'protocol_error' : reason;
}

/** A connection that is gone says so itself. */
function ignore(): void {}
