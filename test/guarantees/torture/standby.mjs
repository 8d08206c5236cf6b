// @ts-check
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const STANDBY_NAME = 'torture';

/**
 * A synchronous standby, as far as its primary can tell: it confirms what it is sent, and keeps nothing. While it
 * hangs, no commit of the primary is confirmed. It runs in a thread of its own, so as to be prompt.
 */
export class Standby {
  #worker;

  /** Resolves once the primary waits for it. */
  static async start(cluster) {
    const standby = new Standby();
    standby.#worker = new Worker(new URL('./standby-worker.mjs', import.meta.url), {
      workerData: { port: cluster.port, name: STANDBY_NAME },
    });
    standby.#worker.unref();
    await once(standby.#worker, 'message');
    await cluster.sql(`ALTER SYSTEM SET synchronous_standby_names = '${STANDBY_NAME}'`);
    await cluster.sql('SELECT pg_reload_conf()');
    return standby;
  }

  /** Resolves once nothing more will be confirmed. */
  async hang() {
    this.#worker.postMessage('hang');
    await once(this.#worker, 'message');
  }

  async recover() {
    this.#worker.postMessage('recover');
    await once(this.#worker, 'message');
  }

  async stop() {
    await this.#worker.terminate();
  }
}
