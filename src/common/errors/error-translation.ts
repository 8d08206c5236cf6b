import { HttpException, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { clientRequestIdOf } from '../request-id.js';
import { DomainError, refusal } from './domain-error.js';
import { isDatabaseUnavailable, loggableError } from './driver-error.js';
import type { ErrorCode } from './refusals.js';

const logger = new Logger('Error');

/**
 * What a request that failed is told, whatever was thrown. What it must not be told is logged, without the parameters of
 * statements.
 */
export function refusalFor(exception: unknown, request: FastifyRequest): DomainError {
  if (exception instanceof DomainError) {
    if (exception.cause !== undefined) log(exception.cause, request, exception.code);
    return exception;
  }
  const code = codeOfTransport(exception);
  // Of a request to no route it does not matter what it sends, so long as it is read at all.
  if (code === 'request.unsupported_media_type' && request.is404) return refusal('route.not_found');
  if (code !== undefined) return refusal(code);
  if (isDatabaseUnavailable(exception)) {
    log(exception, request, 'service.unavailable');
    return refusal('service.unavailable', { retryAfterSeconds: 1 });
  }
  log(exception, request, 'internal');
  return refusal('internal');
}

/** Of how many seconds `retry-after` tells, for a refusal with this status; null: it is not sent. */
export function retryAfterSecondsOf({ facts }: DomainError, status: number): number | null {
  return facts.retryAfterSeconds ?? (status === 503 ? 1 : null);
}

function log(cause: unknown, request: FastifyRequest, code: ErrorCode): void {
  const ids = { request_id: request.id, client_request_id: clientRequestIdOf(request.raw) };
  logger.error({ ...loggableError(cause), code, ...ids }, 'A request failed.');
}

const CODES_OF_TRANSPORT: Readonly<Record<number, ErrorCode>> = {
  404: 'route.not_found',
  413: 'request.too_large',
  415: 'request.unsupported_media_type',
  429: 'request.rate_limited',
};

/** What Fastify, its body parsers and Nest's router refuse by themselves. */
function codeOfTransport(exception: unknown): ErrorCode | undefined {
  const status =
    exception instanceof HttpException
      ? exception.getStatus()
      : ((exception as { statusCode?: unknown } | null)?.statusCode as number | undefined);
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  return CODES_OF_TRANSPORT[status] ?? 'request.invalid';
}
