import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { challengeFor } from '../bearer-header.js';
import { HeldAnswers } from '../http/held-answers.js';
import type { DomainError } from './domain-error.js';
import { ERROR_OBSERVERS, type ErrorObserver } from './error-observer.js';
import { refusalFor, retryAfterSecondsOf } from './error-translation.js';
import { ERROR_SHAPES, type ErrorShape } from './error-shape.js';

/** The one error filter: every refusal and every failure leaves through here, in the shape of the dialect asked. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
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
    let error = refusalFor(exception, request);
    for (const observer of this.observers) {
      try {
        await observer.observe(error, request, reply);
      } catch (failure) {
        error = refusalFor(failure, request);
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
    const retryAfterSeconds = retryAfterSecondsOf(error, status);
    if (retryAfterSeconds !== null) void reply.header('retry-after', String(retryAfterSeconds));
    void reply
      .status(status)
      .header('content-type', `${shape.contentType ?? 'application/json'}; charset=utf-8`)
      .send(JSON.stringify(body));
  }
}
