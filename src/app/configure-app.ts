import { type RequestListener, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { OpenRequests } from '../admission/open-requests.js';
import { Rates } from '../admission/rates.js';
import { registerBodyParsers } from '../common/http/body-parsers.js';
import { proxyTrust } from '../common/http/client-key.js';
import { createLimitedServer, routeUpgrades } from '../common/http/limited-server.js';
import { FastPaths, type Observe } from '../common/http/fast-paths.js';
import { FOR_OWN_PAGES, hasSessionCookie } from '../common/session-secret.js';
import { CLIENT_REQUEST_ID_HEADER, clientRequestIdOf, newRequestId } from '../common/request-id.js';
import { httpConfig } from '../config/http.config.js';
import { serveConsole } from '../console/console-pages.js';
import { AuthorizeFastPath } from '../dialects/gateway/authorize-fast-path.js';
import { gatewayTarget } from '../dialects/gateway/gateway-target.js';
import { Metrics } from '../metrics/metrics.js';
import { INFISICAL_CONSTRAINT } from '../dialects/infisical/infisical-route.js';
import { registerCors } from '../dialects/oauth/cors.js';
import { IntrospectFastPath } from '../dialects/oauth/introspect-fast-path.js';
import { serveAuditVerifyPage, serveDocumentation } from './documentation-pages.js';
import { setUpOpenApi } from './open-api.js';
import { VerifyFastPath } from '../verification-api/verify-fast-path.js';
import { namedMembersLogger } from '../common/logging.js';

/** Routes whose number would drown the rest of the log. Their failures are logged all the same. */
const QUIET_ROUTES = /^\/(health|metrics|docs|gateway)|\/verify(-batch)?$|\/introspect$/;

const URL_LENGTH_MAX = 2048;
const IDLE_LOOK_MS = 100;
/** For a client to take a refusal before its connection is closed whatever it does. */
const LINGER_MS = 1000;

/** The HTTP server under the application, with everything that must hold before any route is known. */
export function httpAdapter(): FastifyAdapter {
  const { bodyBytesMax, limits } = httpConfig();
  const isProxy = proxyTrust();
  return new FastifyAdapter({
    bodyLimit: bodyBytesMax,
    trustProxy: isProxy ?? false,
    serverFactory: (handler: RequestListener) =>
      createLimitedServer(handler, limits, (ip) => isProxy?.(ip, 0) ?? false),
    forceCloseConnections: 'idle',
    routerOptions: {
      maxParamLength: URL_LENGTH_MAX,
      ignoreTrailingSlash: true,
      constraints: { dialect: INFISICAL_CONSTRAINT },
    },
    requestIdHeader: false,
    genReqId: newRequestId,
    rewriteUrl: gatewayTarget,
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: answerBrokenAddress,
  });
}

/** Configures an application, the same for `serve` and for whatever else runs it. */
export function configureApp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const openRequests = new OpenRequests(app.get(Rates));
  registerBodyParsers(fastify, httpConfig().bodyBytesMax, openRequests);
  fastify.addHook('onRequest', (request, reply, done) => {
    tellRequestIds(request, reply);
    if (!request.url.startsWith('/docs')) void reply.header('cache-control', 'no-store');
    if (hasSessionCookie(request.headers)) void reply.headers(FOR_OWN_PAGES);
    done();
  });
  registerCors(fastify);
  openRequests.register(fastify);
  closeWhatFallsIdle(fastify);
  observeRequests(fastify, app.get(Metrics));
  putFastPaths(fastify, app);
  routeUpgrades(fastify.server, (request, response) => fastify.routing(request, response));
  serveDocumentation(fastify);
  serveAuditVerifyPage(fastify);
  serveConsole(fastify);
  setUpOpenApi(app);
}

/**
 * Closing looks once for idle connections. One that is busy then and kept alive would hold up the end for as long
 * as its client likes, so they are looked for until the last is gone.
 */
function closeWhatFallsIdle(fastify: FastifyInstance): void {
  fastify.addHook('preClose', (done) => {
    // A server that was never opened is not told to be closed: nothing may wait for that.
    const looking = setInterval(() => fastify.server.closeIdleConnections(), IDLE_LOOK_MS).unref();
    fastify.server.once('close', () => clearInterval(looking));
    done();
  });
}

/** What memory can tell is answered before the framework sees the request. */
function putFastPaths(fastify: FastifyInstance, app: NestFastifyApplication): void {
  const metrics = app.get(Metrics);
  const fastPaths = new FastPaths(
    fastify.server,
    [app.get(VerifyFastPath), app.get(IntrospectFastPath)],
    [app.get(AuthorizeFastPath)],
    (route) => observerOf(route, metrics.fastObserverOf(route)),
  );
  fastify.addHook('preClose', (done) => {
    fastPaths.close();
    done();
  });
}

/** Ours, which every record has, and beside it the caller's. */
function tellRequestIds(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id);
  const theirs = clientRequestIdOf(request.raw);
  if (theirs !== undefined) void reply.header(CLIENT_REQUEST_ID_HEADER, theirs);
}

/** An address that cannot be decoded, or is longer than any route's, never gets as far as the error filter. */
function answerBrokenAddress(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  tellRequestIds(request, reply);
  void reply
    .status(400)
    .header('cache-control', 'no-store')
    .send({ detail: 'Invalid request parameters', code: 'request.invalid', request_id: request.id });
}

/** What is no HTTP gets the native error shape all the same. */
function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const body = JSON.stringify({
    detail: 'Invalid request parameters',
    code: 'request.invalid',
    request_id: newRequestId(),
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/**
 * Metrics and a log line for every request. The observer of a route is made when the route is, so that a request
 * looks nothing up (docs/performance.md).
 */
function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
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
function observerOf(
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
