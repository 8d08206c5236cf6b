// @ts-check
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/** No answer: the connection broke or the time was up. What became of the request is not known. */
export class NoAnswer extends Error {}

/**
 * One keep-alive connection that carries one request at a time: much cheaper than an agent, so that the clients do
 * not starve the processes that they test.
 */
export class HttpConnection {
  #socket = null;
  #waiting = null;
  #received = Buffer.alloc(0);

  constructor(port) {
    this.port = port;
  }

  get busy() {
    return this.#waiting !== null;
  }

  /**
   * @param {string} headers whole lines; with a body, its type among them
   * @returns {Promise<{status: number, text: string}>}
   * @throws NoAnswer
   */
  request(method, path, headers, body, timeoutMs) {
    const socket = this.#open();
    const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
    socket.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}${length}\r\n${body ?? ''}`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail('no answer in time'), timeoutMs);
      this.#waiting = { resolve, reject, timer };
    });
  }

  close() {
    this.#fail('closed');
  }

  #open() {
    if (this.#socket !== null) return this.#socket;
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    const lost = () => socket === this.#socket && this.#fail('connection lost');
    socket.on('error', lost).on('close', lost);
    socket.on('data', (chunk) => socket === this.#socket && this.#receive(chunk));
    this.#socket = socket;
    this.#received = Buffer.alloc(0);
    return socket;
  }

  #receive(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < headEnd + 4 + length) return;
    const answer = {
      status: Number(head.slice(9, 12)),
      text: this.#received.toString('utf8', headEnd + 4, headEnd + 4 + length),
    };
    this.#received = this.#received.subarray(headEnd + 4 + length);
    if (/connection: close/i.test(head)) this.#drop();
    const waiting = this.#take();
    waiting?.resolve(answer);
  }

  #fail(why) {
    this.#drop();
    this.#take()?.reject(new NoAnswer(why));
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.destroy();
  }

  #take() {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) clearTimeout(waiting.timer);
    return waiting;
  }
}
