import type { DomainError } from './domain-error.js';
import { HTTP_STATUS, type StatusByCode, statusesOf } from './refusals.js';

export interface RenderedError {
  status: number;
  body: unknown;
}

/** How one dialect presents a refusal. `pathPrefix` decides which shape a request gets; the longest match wins. */
export interface ErrorShape {
  readonly pathPrefix: string;
  readonly statusOf: StatusByCode;
  /** Of its bodies; left out: `application/json`. */
  readonly contentType?: string;
  render(error: DomainError, requestId: string): RenderedError;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that shares its address with another dialect's: where its own dialect's errors are. */
    errorsAsUnder?: string;
  }
}

export const ERROR_SHAPES = Symbol('ERROR_SHAPES');

export const NATIVE_STATUS = statusesOf(HTTP_STATUS);

/** `{detail, code, request_id}`; `detail` is a sentence, or the list of issues for a 422 (DayZero dialect). */
export class NativeErrorShape implements ErrorShape {
  readonly pathPrefix = '/';
  readonly statusOf = NATIVE_STATUS;

  render(error: DomainError, requestId: string): RenderedError {
    const detail = error.code === 'input.invalid' ? (error.facts.issues ?? []) : error.message;
    const { details } = error.facts;
    const more = error.code === 'revocation.set_changed' ? details : {};
    const body = { detail, code: error.code, ...more, request_id: requestId };
    return { status: this.statusOf[error.code], body };
  }
}
