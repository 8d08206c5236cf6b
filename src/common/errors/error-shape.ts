import type { DomainError } from './domain-error.js';
import type { ErrorCode } from './error-code.js';

export interface RenderedError {
  status: number;
  body: unknown;
}

/** How one dialect words a refusal. `pathPrefix` decides which shape a request gets; the longest match wins. */
export interface ErrorShape {
  readonly pathPrefix: string;
  readonly statusOf: Record<ErrorCode, number>;
  render(error: DomainError, requestId: string): RenderedError;
}

export const ERROR_SHAPES = Symbol('ERROR_SHAPES');
