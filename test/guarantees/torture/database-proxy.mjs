// @ts-check
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const NOTIFICATION = 'A'.charCodeAt(0);
const HEADER_BYTES = 5;

/**
 * Stands between one Rescind process and PostgreSQL, and spoils the connections on request. It reads the messages
 * of PostgreSQL's protocol 3 so far as to know notifications, and whose session it is by `application_name`.
 */
export class DatabaseProxy {
  #sessions = new Set();
  #server;
  port = 0;
  /** Drop NotificationResponse messages. */
  dropNotifications = false;
  /** By how many milliseconds bytes are late: {requestMs, answerMs} per application name, '*' for all. */
  delays = new Map();
  /** Nothing passes, and nothing is closed. */
  blackHole = false;
  /** Where new connections lead. */
  targetPort;

  static async open(targetPort) {
    const proxy = new DatabaseProxy();
    proxy.targetPort = targetPort;
    proxy.#server = createServer((client) => proxy.#accept(client));
    await new Promise((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  /** Cuts every connection of `name`, or all. */
  cut(name) {
    for (const session of this.#sessions) if (!name || session.name === name) session.end();
  }

  /** Every present connection goes deaf and mute for good, and nobody is told: a network that forgot them. */
  silence() {
    for (const session of this.#sessions) session.silent = true;
  }

  close() {
    this.cut();
    this.#server.close();
  }

  #accept(client) {
    const server = connect({ port: this.targetPort, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const session = {
      name: null,
      silent: false,
      end: () => (client.destroy(), server.destroy(), this.#sessions.delete(session)),
    };
    this.#sessions.add(session);
    for (const socket of [client, server]) socket.on('error', session.end).on('close', session.end);
    this.#forward(session, client, server, 'requestMs', (chunk) => {
      session.name ??= /application_name\0([^\0]+)\0/.exec(chunk.toString('latin1'))?.[1] ?? null;
      return chunk;
    });
    this.#forward(session, server, client, 'answerMs', this.#withoutNotifications());
  }

  #forward(session, from, to, direction, filter) {
    let queue = Promise.resolve();
    let waiting = 0;
    from.on('data', (chunk) => {
      const passed = filter(chunk);
      if (passed.length === 0 || session.silent) return;
      if (waiting === 0 && !this.blackHole && this.#delayOf(session, direction) === 0)
        return void to.write(passed);
      waiting++;
      queue = queue.then(() => this.#trickle(session, to, direction, passed)).finally(() => waiting--);
    });
  }

  #delayOf(session, direction) {
    return (this.delays.get(session.name) ?? this.delays.get('*'))?.[direction] ?? 0;
  }

  /** In two pieces, so that a statement may have arrived without its end. */
  async #trickle(session, to, direction, bytes) {
    const middle = bytes.length >> 1;
    for (const piece of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
      const delayMs = this.#delayOf(session, direction);
      if (delayMs > 0) await sleep(delayMs / 2);
      while (this.blackHole && !to.destroyed) await sleep(5);
      if (!to.destroyed && !session.silent && piece.length > 0) to.write(piece);
    }
  }

  /** Passes whole messages on, but no notification while those are dropped. */
  #withoutNotifications() {
    let rest = Buffer.alloc(0);
    return (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const kept = [];
      let at = 0;
      while (bytes.length - at >= HEADER_BYTES) {
        const end = at + 1 + bytes.readUInt32BE(at + 1);
        if (end > bytes.length) break;
        if (bytes[at] !== NOTIFICATION || !this.dropNotifications) kept.push(bytes.subarray(at, end));
        at = end;
      }
      rest = bytes.subarray(at);
      return kept.length === 1 ? kept[0] : Buffer.concat(kept);
    };
  }
}
