import type { IncomingMessage } from 'node:http';

export const GATEWAY_PATH = '/gateway/authorize';

/**
 * Reduces a proxy's question to the one route that answers it. Proxies repeat the original method, append the
 * original path, and send its content headers with no body behind them; none of that may change the answer, or turn
 * it into one that a proxy does not take for a refusal. Runs before routing, for every request.
 */
export function gatewayTarget(request: IncomingMessage): string {
  const url = request.url as string;
  if (!isGatewayTarget(url)) return url;
  // Fastify reads no body of a GET; Node discards it once the answer is sent.
  request.method = 'GET';
  const query = url.indexOf('?');
  return query === -1 ? GATEWAY_PATH : GATEWAY_PATH + url.slice(query);
}

/** Whether this is a proxy's question, whatever it has appended. */
export function isGatewayTarget(url: string): boolean {
  if (!url.startsWith(GATEWAY_PATH)) return false;
  const next = url.charCodeAt(GATEWAY_PATH.length);
  return Number.isNaN(next) || next === SLASH || next === QUESTION_MARK;
}

const SLASH = '/'.charCodeAt(0);
const QUESTION_MARK = '?'.charCodeAt(0);
