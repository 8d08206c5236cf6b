import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Observe } from '../common/http/fast-paths.js';
import { clientRequestIdOf } from '../common/request-id.js';
import { namedMembersLogger } from '../common/logging.js';
import type { Metrics } from '../metrics/metrics.js';

/** Routes whose number would drown the rest of the log. Their failures are logged all the same. */
const QUIET_ROUTES = /^\/(health|metrics|docs|gateway)|\/verify(-batch)?$|\/introspect$/;

/**
 * Metrics and a log line for every request. The observer of a route is made when the route is, so that a request
 * looks nothing up (docs/performance.md).
 */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    const others = route.onResponse === undefined ? [] : [route.onResponse].flat();
    const observe = observerOf(route.url, metrics.observerOf(route.url));
    route.onResponse = [...others, hook(observe)] as RouteOptions['onResponse'] & object;
  });
  const observeStray = hook(observerOf(null, metrics.observerOf('none')));
  fastify.addHook('onResponse', (request, reply, done) =>
    request.is404 ? observeStray(request, reply, done) : done(),
  );
}

function hook(observe: Observe): (request: FastifyRequest, reply: FastifyReply, done: () => void) => void {
  return (request, reply, done) => {
    observe(request.id, request.method, reply.statusCode, reply.elapsedTime, request.raw);
    done();
  };
}

/** @param route null: what no route answers */
export function observerOf(
  route: string | null,
  measure: (method: string, status: number, seconds: number) => void,
): Observe {
  const quiet = route !== null && QUIET_ROUTES.test(route);
  const logger = namedMembersLogger();
  return (id, method, status, milliseconds, request) => {
    measure(method, status, milliseconds / 1000);
    const level = quiet && status < 400 ? 'debug' : 'info';
    if (!logger.isLevelEnabled(level)) return;
    // The route, not the address: a misguided client may have put a secret there.
    const duration = Math.round(milliseconds * 100) / 100;
    const ids = { request_id: id, client_request_id: clientRequestIdOf(request) };
    logger[level]({ ...ids, method, route, status, duration_ms: duration }, 'request');
  };
}
