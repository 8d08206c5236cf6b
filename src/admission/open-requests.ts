import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { type DomainError, rateLimited, refusal } from '../common/errors/domain-error.js';
import { declaredBytesOf } from '../common/http/body-parsers.js';
import { hasSessionCookie } from '../common/session-secret.js';
import type { Rates } from './rates.js';

/** The maximum length of a body without a credential: ten times more than a secret and a few words need. */
const OPEN_BODY_BYTES_MAX = 4096;

/** What a refused input costs, in addition to the cost of the request. */
const REFUSED_UNITS = 4;
const INPUT_REFUSED = new Set([400, 413, 415, 422]);
const UNPROVEN = new Set([401, 404]);

/**
 * Refuses a request as early as possible if it would cost more than its address may spend. A request without a
 * credential, if it needs none or has a body, costs one unit and another for each kB, and four more if its input is
 * refused. A request with a credential costs something only if a large body is refused, and only large bodies are
 * refused. On a SignedRoute only refused requests count, by themselves.
 */
export class OpenRequests {
  constructor(private readonly rates: Rates) {}

  /** Installs the hooks in the server. Must be called before routes are added. */
  register(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', (route) => {
      if (route.config?.openRoute !== undefined) route.bodyLimit = bodyBytesMaxOf(route.config.openRoute);
    });
    fastify.addHook('onRequest', (request, reply, done) => {
      const refusal = this.refusalAtTheDoor(request);
      if (refusal === null) return done();
      if (declaredBytesOf(request) > 0) void reply.header('connection', 'close');
      return done(refusal);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      this.chargeRefused(request, reply.statusCode);
      done();
    });
  }

  /**
   * Checks a body that has been read, before it is parsed.
   * @param bytes its length
   */
  refusalOfBody(request: FastifyRequest, bytes: number): DomainError | null {
    readBytes.set(request, bytes);
    if (bytes <= bodyBytesMaxOf(request.routeOptions.config.openRoute)) return null;
    return isUnproven(request) ? refusal('request.too_large') : this.refusalOfLargeBody(request);
  }

  private refusalAtTheDoor(request: FastifyRequest): DomainError | null {
    const open = request.routeOptions.config.openRoute;
    const bytes = declaredBytesOf(request);
    if (isSigned(request)) {
      const seconds = this.rates.secondsUntilNext('signed-refusals', request.ip);
      if (seconds > 0) return rateLimited(seconds);
    } else if (open?.credential === 'none' || (isUnproven(request) && (open !== undefined || bytes > 0))) {
      const units = 1 + kilobytes(Math.min(bytes, bodyBytesMaxOf(open)));
      const seconds = this.rates.spend('open-routes', request.ip, units);
      if (seconds > 0) return rateLimited(seconds);
    }
    // A body without a declared length is counted when it has been read.
    if (bytes <= bodyBytesMaxOf(open) || bytes === Infinity) return null;
    return isUnproven(request) ? refusal('request.too_large') : this.refusalOfLargeBody(request);
  }

  private refusalOfLargeBody(request: FastifyRequest): DomainError | null {
    const seconds = this.rates.spend('open-routes', request.ip, 0);
    return seconds > 0 ? rateLimited(seconds) : null;
  }

  private chargeRefused(request: FastifyRequest, status: number): void {
    if (isSigned(request)) {
      if (INPUT_REFUSED.has(status) || UNPROVEN.has(status)) this.rates.spend('signed-refusals', request.ip);
      return;
    }
    if (!INPUT_REFUSED.has(status)) return;
    const bytes = readBytes.get(request) ?? 0;
    if (isUnproven(request)) {
      if (declaredBytesOf(request) > 0) this.rates.spend('open-routes', request.ip, REFUSED_UNITS);
    } else if (bytes > OPEN_BODY_BYTES_MAX) this.rates.spend('open-routes', request.ip, kilobytes(bytes));
  }
}

/** Longer bodies need a credential or a signature. */
function bodyBytesMaxOf(open: FastifyContextConfig['openRoute']): number {
  return open?.signedBodyBytesMax ?? OPEN_BODY_BYTES_MAX;
}

const readBytes = new WeakMap<FastifyRequest, number>();

function isSigned({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.openRoute?.credential === 'signature';
}

function isUnproven(request: FastifyRequest): boolean {
  const { headers } = request;
  return isSigned(request) || (headers.authorization === undefined && !hasSessionCookie(headers));
}

function kilobytes(bytes: number): number {
  return Math.floor(bytes / 1024);
}
