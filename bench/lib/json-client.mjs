// @ts-check
import http from 'node:http';
import { assertLoopback } from './loopback.mjs';

/**
 * A small keep-alive HTTP client: node:http, because fetch costs several times as much of the shared cores.
 * An answer's `body` is undefined when its text is no JSON. Never throws for a status.
 * @typedef {{ status: number, headers: http.IncomingHttpHeaders, text: string, body: any }} Answer
 * @typedef {{ body?: unknown, headers?: Record<string, string> }} Sent
 * @param {string} url
 */
export function jsonClient(url, { connections = 64, timeoutMs = 30_000 } = {}) {
  const { hostname, port } = new URL(assertLoopback(url));
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });

  /**
   * @param {string} method
   * @param {string} path
   * @param {Sent} sent
   * @returns {Promise<Answer>}
   */
  function request(method, path, { body, headers = {} } = {}) {
    const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const typed =
      payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    return new Promise((resolve, reject) => {
      const options = {
        agent,
        hostname,
        port,
        method,
        path,
        headers: { ...typed, ...headers },
        timeout: timeoutMs,
      };
      const call = http.request(options, (response) => {
        if (/^text\/event-stream/.test(response.headers['content-type'])) {
          // A stream has no end to wait for.
          call.destroy();
          resolve({ status: response.statusCode, headers: response.headers, text: '', body: undefined });
          return;
        }
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode, headers: response.headers, text, body: parsed(text) });
        });
      });
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer in ${timeoutMs} ms`)));
      call.on('error', reject);
      call.end(payload);
    });
  }

  /** The same client, always with these headers. */
  function as(fixed) {
    /** @type {(method: string, path: string, sent?: Sent) => Promise<Answer>} */
    const call = (method, path, { body, headers } = {}) =>
      request(method, path, { body, headers: { ...fixed, ...headers } });
    return {
      request: call,
      /** @type {(path: string, headers?: Record<string, string>) => Promise<Answer>} */
      get: (path, headers) => call('GET', path, { headers }),
      /** @type {(path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>} */
      post: (path, body, headers) => call('POST', path, { body, headers }),
    };
  }

  return { ...as({}), as, close: () => agent.destroy() };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
