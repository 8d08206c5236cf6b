// @ts-check
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {'up' | 'down'} Direction from the client verifier to its server, and back */

/** Stands between one client verifier and one server: its stream, and what it asks over HTTP. */
export class StreamProxy {
  #sessions = new Set();
  #server;
  port = 0;
  /** By how many milliseconds bytes are late. */
  lateMs = { up: 0, down: 0 };
  /** Nothing passes in this direction, and nothing is closed or lost. */
  stuck = { up: false, down: false };

  /** @param {number} targetPort */
  static async open(targetPort) {
    const proxy = new StreamProxy();
    proxy.#server = createServer((client) => proxy.#accept(client, targetPort));
    await new Promise((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  cut() {
    for (const { sockets } of this.#sessions) for (const socket of sockets) socket.destroy();
  }

  /**
   * Every present connection goes deaf and mute for good in these directions, and neither end is told when the other
   * goes: half-open (RFC 9293 §3.5.1).
   * @param {Direction[]} directions
   */
  silence(directions) {
    for (const { silent } of this.#sessions) for (const direction of directions) silent.add(direction);
  }

  close() {
    this.cut();
    this.#server.close();
  }

  #accept(client, port) {
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const session = { sockets: [client, server], silent: new Set() };
    this.#sessions.add(session);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ]) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        if (session.silent.size === 0 || other.destroyed) other.destroy();
        if (other.destroyed) this.#sessions.delete(session);
      });
    }
    this.#forward(session, client, server, 'up');
    this.#forward(session, server, client, 'down');
  }

  /** In order: a byte is never sooner than one before it. */
  #forward({ silent }, from, to, direction) {
    let queue = Promise.resolve();
    let waiting = 0;
    const pass = (bytes) => {
      if (!to.destroyed && !silent.has(direction)) to.write(bytes);
    };
    from.on('data', (bytes) => {
      if (waiting === 0 && !this.stuck[direction] && this.lateMs[direction] === 0) return pass(bytes);
      waiting++;
      const dueMs = performance.now() + this.lateMs[direction];
      queue = queue
        .then(async () => {
          const leftMs = dueMs - performance.now();
          if (leftMs > 0) await sleep(leftMs);
          while (this.stuck[direction] && !to.destroyed) await sleep(5);
          pass(bytes);
        })
        .finally(() => waiting--);
    });
  }
}
