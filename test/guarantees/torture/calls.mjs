// @ts-check
import { HttpConnection } from './raw-http.mjs';

/** Management calls, each over a connection of its own. */
export class Calls {
  /** @param {import('./world.mjs').World} world */
  constructor({ verifiers, random, secret, leaseMs }) {
    this.verifiers = verifiers;
    this.random = random;
    this.secret = secret;
    this.timeoutMs = leaseMs * 2 + 8000;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{business?: string | null, body?: object, secret?: string}} [options] whose header and whose secret; the platform's
   * @returns {Promise<{status: number, body: any, verifier: number}>}
   * @throws NoAnswer
   */
  async call(method, path, { business, body, secret = this.secret } = {}) {
    const { port, index } = this.#anyVerifier();
    const connection = new HttpConnection(port);
    try {
      const headers =
        `authorization: Bearer ${secret}\r\n` +
        (business ? `x-business-id: ${business}\r\n` : '') +
        (body === undefined ? '' : 'content-type: application/json\r\n');
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const { status, text } = await connection.request(method, path, headers, payload, this.timeoutMs);
      return { status, body: text.startsWith('{') ? JSON.parse(text) : text, verifier: index };
    } finally {
      connection.close();
    }
  }

  /** Mostly one that can answer: changers that hang in frozen processes change nothing. */
  #anyVerifier() {
    const well = this.verifiers.filter(({ up, frozen }) => up && !frozen);
    return well.length === 0 || this.random.next() < 0.05
      ? this.random.pick(this.verifiers)
      : this.random.pick(well);
  }
}
