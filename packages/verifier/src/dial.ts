import WebSocket from 'ws';
import type { Dial } from './platform.js';

const SUBPROTOCOL = 'rescind.verifier.v1';

const HANDSHAKE_TIMEOUT_MS = 5000;
const FRAME_BYTES_MAX = 4_194_304;
/** How long the other end may take to answer a close. */
const CLOSING_MS = 1000;

/** Opens a WebSocket (RFC 6455). */
export const dial: Dial = (url, headers, events) => {
  const socket = new WebSocket(url, SUBPROTOCOL, {
    headers,
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: FRAME_BYTES_MAX,
  });
  let status: number | null = null;
  socket.on('open', () => events.opened());
  // The protocol has no binary messages.
  socket.on('message', (data, isBinary) =>
    events.received(isBinary ? '' : (data as Buffer).toString('utf8')),
  );
  socket.on('pong', () => events.heard());
  socket.on('ping', () => events.heard());
  socket.on('unexpected-response', (request, response) => {
    status = response.statusCode ?? null;
    request.destroy();
    socket.terminate();
  });
  // A `close` event follows at once, and is handled. Without an end, ws waits 30 s for the close frame of a server that
  // broke RFC 6455, with a memory that hears of no eviction any more.
  socket.on('error', () => socket.terminate());
  socket.on('close', (code) => events.closed(code, status));
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    bufferedBytes: () => socket.bufferedAmount,
    close: (code) => {
      if (socket.readyState !== WebSocket.OPEN) return socket.terminate();
      socket.close(code);
      setTimeout(() => socket.terminate(), CLOSING_MS).unref();
    },
  };
};
