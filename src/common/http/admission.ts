import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { type DomainError, refusal } from '../errors/domain-error.js';
import { rateLimited } from './rate-limited.js';
import type { RateWindows } from './rate-windows.js';

/** A body that nobody answers for is not longer than this: a secret and a few words fit in ten times over. */
export const OPEN_BODY_BYTES_MAX = 4096;

/** What an input costs that was refused, beside what it cost to ask. */
const REFUSED_UNITS = 4;
const INPUT_REFUSED = new Set([400, 413, 415, 422]);

/**
 * Refuses what would cost more than its address may spend, as early as that can be told. A request that presents no
 * credential, where it needs none or has a body, costs a unit and another for each kB; its input refused, four more.
 * Whoever presents a credential spends only with large bodies that are refused, and is refused only large bodies.
 */
export class Admission {
  /** @param budgets of all addresses */
  constructor(private readonly budgets: RateWindows) {}

  /** Makes the server ask. To be called before there are routes. */
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
      if (INPUT_REFUSED.has(reply.statusCode)) this.chargeRefused(request);
      done();
    });
  }

  /**
   * Judges a body that has been read, before it is parsed.
   * @param bytes its length
   */
  refusalOfBody(request: FastifyRequest, bytes: number): DomainError | null {
    readBytes.set(request, bytes);
    if (bytes <= bodyBytesMaxOf(request.routeOptions.config.openRoute)) return null;
    return isUnproven(request) ? tooLarge() : this.refusalOfLargeBody(request);
  }

  private refusalAtTheDoor(request: FastifyRequest): DomainError | null {
    const open = request.routeOptions.config.openRoute;
    const bytes = declaredBytesOf(request);
    if (open?.credential === 'none' || (isUnproven(request) && (open !== undefined || bytes > 0))) {
      const units = 1 + kilobytes(Math.min(bytes, bodyBytesMaxOf(open)));
      const seconds = this.budgets.spend(request.ip, units);
      if (seconds > 0) return rateLimited(seconds);
    }
    // Of a body whose length is not declared it is told when it has been read.
    if (bytes <= bodyBytesMaxOf(open) || bytes === Infinity) return null;
    return isUnproven(request) ? tooLarge() : this.refusalOfLargeBody(request);
  }

  private refusalOfLargeBody(request: FastifyRequest): DomainError | null {
    const seconds = this.budgets.secondsToWait(request.ip);
    return seconds > 0 ? rateLimited(seconds) : null;
  }

  private chargeRefused(request: FastifyRequest): void {
    const bytes = readBytes.get(request) ?? 0;
    if (isUnproven(request)) {
      if (declaredBytesOf(request) > 0) this.budgets.spend(request.ip, REFUSED_UNITS);
    } else if (bytes > OPEN_BODY_BYTES_MAX) this.budgets.spend(request.ip, kilobytes(bytes));
  }
}

/** What is longer must be answered for, or carry a signature. */
function bodyBytesMaxOf(open: FastifyContextConfig['openRoute']): number {
  return open?.signedBodyBytesMax ?? OPEN_BODY_BYTES_MAX;
}

const readBytes = new WeakMap<FastifyRequest, number>();

function isUnproven({ headers }: FastifyRequest): boolean {
  return headers.authorization === undefined;
}

/** The length that the body is said to have; Infinity: it is not said. Nobody reads a body behind GET or HEAD. */
function declaredBytesOf({ method, headers }: FastifyRequest): number {
  if (method === 'GET' || method === 'HEAD') return 0;
  if (headers['transfer-encoding'] !== undefined) return Infinity;
  return Number(headers['content-length'] ?? 0);
}

function kilobytes(bytes: number): number {
  return Math.floor(bytes / 1024);
}

function tooLarge(): DomainError {
  return refusal('request.too_large');
}
