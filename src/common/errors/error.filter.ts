import {
  Catch,
  HttpException,
  Inject,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { challengeFor } from '../bearer-header.js';
import { HeldAnswers } from '../http/held-answers.js';
import { clientRequestIdOf } from '../request-id.js';
import { DomainError, refusal } from './domain-error.js';
import { isDatabaseUnavailable, loggableError } from './driver-error.js';
import type { ErrorCode } from './refusals.js';
import { ERROR_OBSERVERS, type ErrorObserver } from './error-observer.js';
import { ERROR_SHAPES, type ErrorShape } from './error-shape.js';

/** The one error filter: every refusal and every failure leaves through here, in the shape of the dialect asked. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Error');
  private readonly shapes: readonly ErrorShape[];
  private readonly held = new HeldAnswers();

  constructor(
    @Inject(ERROR_SHAPES) shapes: readonly ErrorShape[],
    @Inject(ERROR_OBSERVERS) private readonly observers: readonly ErrorObserver[],
  ) {
    this.shapes = [...shapes].sort((left, right) => right.pathPrefix.length - left.pathPrefix.length);
  }

  async catch(exception: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    let error = this.domainErrorOf(exception, request);
    for (const observer of this.observers) {
      try {
        await observer.observe(error, request, reply);
      } catch (failure) {
        error = this.domainErrorOf(failure, request);
      }
    }
    if (error.code === 'request.rate_limited') await this.held.hold();
    if (reply.sent || reply.raw.headersSent) return;
    this.send(error, request, reply);
  }

  private send(error: DomainError, request: FastifyRequest, reply: FastifyReply): void {
    const path = request.routeOptions.config.errorsAsUnder ?? request.url;
    const shape = this.shapes.find(({ pathPrefix }) => path.startsWith(pathPrefix)) as ErrorShape;
    const { status, body } = shape.render(error, request.id);
    const challenge = challengeFor(error);
    if (challenge !== undefined && !reply.hasHeader('www-authenticate'))
      void reply.header('www-authenticate', challenge);
    const { retryAfterSeconds } = error.facts;
    if (retryAfterSeconds !== undefined || status === 503)
      void reply.header('retry-after', String(retryAfterSeconds ?? 1));
    void reply
      .status(status)
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify(body));
  }

  private domainErrorOf(exception: unknown, request: FastifyRequest): DomainError {
    if (exception instanceof DomainError) {
      if (exception.cause !== undefined) this.log(exception.cause, request, exception.code);
      return exception;
    }
    const code = codeOfTransport(exception);
    if (code !== undefined) return refusal(code);
    if (isDatabaseUnavailable(exception)) {
      this.log(exception, request, 'service.unavailable');
      return refusal('service.unavailable', {
        retryAfterSeconds: 1,
      });
    }
    this.log(exception, request, 'internal');
    return refusal('internal');
  }

  private log(cause: unknown, request: FastifyRequest, code: ErrorCode): void {
    const ids = { request_id: request.id, client_request_id: clientRequestIdOf(request.raw) };
    this.logger.error({ ...loggableError(cause), code, ...ids }, 'A request failed.');
  }
}

/** What Fastify, its body parsers and Nest's router refuse by themselves. */
function codeOfTransport(exception: unknown): ErrorCode | undefined {
  const status =
    exception instanceof HttpException
      ? exception.getStatus()
      : ((exception as { statusCode?: unknown } | null)?.statusCode as number | undefined);
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  switch (status) {
    case 404:
      return 'route.not_found';
    case 413:
      return 'request.too_large';
    case 415:
      return 'request.unsupported_media_type';
    case 429:
      return 'request.rate_limited';
    default:
      return 'request.invalid';
  }
}
