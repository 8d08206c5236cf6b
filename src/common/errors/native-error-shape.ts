import type { DomainError } from './domain-error.js';
import { HTTP_STATUS, statusesOf } from './refusals.js';
import type { ErrorShape, RenderedError } from './error-shape.js';

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
