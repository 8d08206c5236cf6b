import { STATUS_CODES, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from './common/http/admission.js';
import { registerBodyParsers } from './common/http/body-parsers.js';
import { proxyTrust } from './common/http/client-address.js';
import { createLimitedServer } from './common/http/limited-server.js';
import { RateWindows } from './common/http/rate-windows.js';
import { Shortcuts } from './common/http/shortcuts.js';
import { newRequestId, requestIdOf } from './common/request-id.js';
import { httpConfig } from './config/http.config.js';
import { policyConfig } from './config/policy.config.js';
import { gatewayTarget } from './gateway/gateway-target.js';
import { Metrics } from './metrics/metrics.js';
import { registerCors } from './oauth/cors.js';
import { IntrospectShortcut } from './oauth/introspect-shortcut.js';
import { observeRequests, observerOf } from './observe-requests.js';
import { setUpOpenApi } from './open-api.js';
import { VerifyShortcut } from './verification/api/verify-shortcut.js';

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
    routerOptions: { maxParamLength: URL_LENGTH_MAX },
    requestIdHeader: false,
    genReqId: requestIdOf,
    rewriteUrl: gatewayTarget,
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: answerBrokenAddress,
  });
}

/** Configures an application, the same for `serve` and for whatever else runs it. */
export function configureApp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const admission = new Admission(new RateWindows(policyConfig().openRouteRequestsPerMinute));
  registerBodyParsers(fastify, httpConfig().bodyBytesMax, admission);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    if (!request.url.startsWith('/docs')) void reply.header('cache-control', 'no-store');
    done();
  });
  registerCors(fastify);
  admission.register(fastify);
  closeWhatFallsIdle(fastify);
  observeRequests(fastify, app.get(Metrics));
  putShortcuts(fastify, app);
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
function putShortcuts(fastify: FastifyInstance, app: NestFastifyApplication): void {
  const metrics = app.get(Metrics);
  const shortcuts = new Shortcuts(
    fastify.server,
    [app.get(VerifyShortcut), app.get(IntrospectShortcut)],
    (route) => observerOf(route, metrics.shortcutObserverOf(route)),
  );
  fastify.addHook('preClose', (done) => {
    shortcuts.close();
    done();
  });
}

/** An address that cannot be decoded, or is longer than any route's, never gets as far as the error filter. */
function answerBrokenAddress(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .status(400)
    .header('x-request-id', request.id)
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
