import type { DomainError } from './domain-error.js';
import type { StatusByCode } from './refusals.js';

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
