import type { IncomingMessage } from 'node:http';

export const GATEWAY_PATH = '/gateway/authorize';

/**
 * Rewrites the request of a proxy to the one route that answers it. Proxies repeat the original method, append the
 * original path, and send its content headers without a body. None of this may change the answer, or make it one
 * that a proxy does not treat as a refusal. Runs before routing, for every request.
 */
export function gatewayTarget(request: IncomingMessage): string {
  const url = request.url as string;
  if (!isGatewayTarget(url)) return url;
  // Fastify reads no body of a GET; Node discards it once the answer is sent.
  request.method = 'GET';
  const query = url.indexOf('?');
  return query === -1 ? GATEWAY_PATH : GATEWAY_PATH + url.slice(query);
}

/** Whether this is the request of a proxy, whatever it has appended. */
export function isGatewayTarget(url: string): boolean {
  if (!url.startsWith(GATEWAY_PATH)) return false;
  const next = url.charCodeAt(GATEWAY_PATH.length);
  return Number.isNaN(next) || next === SLASH || next === QUESTION_MARK;
}

const SLASH = '/'.charCodeAt(0);
const QUESTION_MARK = '?'.charCodeAt(0);
