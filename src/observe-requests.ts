import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { rootLogger } from './common/logging.js';
import type { Metrics } from './metrics/metrics.js';

/** Routes whose number would drown the rest of the log. Their failures are logged all the same. */
const QUIET_ROUTES = /^\/(health|metrics|docs|gateway)|\/verify$|\/introspect$/;

type Observer = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

/**
 * Metrics and a log line for every request. The observer of a route is made when the route is, so that a request
 * looks nothing up (docs/performance.md).
 */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    const others = route.onResponse === undefined ? [] : [route.onResponse].flat();
    route.onResponse = [...others, observerOf(route.url, metrics)] as RouteOptions['onResponse'] & object;
  });
  const observeStray = observerOf(null, metrics);
  fastify.addHook('onResponse', (request, reply, done) =>
    request.is404 ? observeStray(request, reply, done) : done(),
  );
}

/** @param route null: what no route answers */
function observerOf(route: string | null, metrics: Metrics): Observer {
  const observe = metrics.observerOf(route ?? 'none');
  const quiet = route !== null && QUIET_ROUTES.test(route);
  const logger = rootLogger();
  return (request, reply, done) => {
    const { method } = request;
    const { statusCode, elapsedTime } = reply;
    observe(method, statusCode, elapsedTime / 1000);
    const level = quiet && statusCode < 400 ? 'debug' : 'info';
    if (logger.isLevelEnabled(level)) {
      logger[level](
        {
          request_id: request.id,
          method,
          // The route, not the address: a misguided client may have put a secret there.
          route,
          status: statusCode,
          duration_ms: Math.round(elapsedTime * 100) / 100,
        },
        'request',
      );
    }
    done();
  };
}
