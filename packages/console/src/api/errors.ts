import type { ErrorDto, InputErrorDto } from './generated/types.gen';

/** An answer other than a success, or none at all. What the service says of it is in `message`, a sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** Of HTTP; 0: there was no answer. */
    readonly status: number,
    /** As in the native error shape, `token.not_found`; `connection.lost` where there was no answer. */
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
    /** After how many seconds to repeat the call, where the service says so. */
    readonly retryAfterS: number | null = null,
    /** The whole answer, for what some errors say beyond that. */
    readonly body: unknown = null,
  ) {
    super(message);
  }

  get isForbidden(): boolean {
    return this.status === 403;
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }

  get isConnectionLost(): boolean {
    return this.status === 0;
  }
}

/** The sentence of an error for people. */
export function sentenceOf(error: unknown): string {
  return error instanceof ApiError
    ? error.message
    : 'The console could not do that. Reload the page and try again.';
}

/**
 * What the generated client threw, as one kind of error. An aborted call stays what it is.
 * @param error what was parsed of the answer, or what fetch threw
 */
export function apiErrorFrom(error: unknown, response: Response | undefined): unknown {
  if (error instanceof ApiError || (error instanceof DOMException && error.name === 'AbortError'))
    return error;
  if (response === undefined)
    return new ApiError(0, 'connection.lost', 'Rescind cannot be reached at the moment.');
  const { status, headers } = response;
  const seconds = Number(headers.get('retry-after') ?? 'none');
  const retryAfterS = Number.isFinite(seconds) ? seconds : null;
  if (!isErrorBody(error))
    return new ApiError(
      status,
      'answer.unknown',
      `The service answered with status ${status}.`,
      headers.get('x-request-id'),
      retryAfterS,
    );
  return new ApiError(status, error.code, detailOf(error), error.request_id, retryAfterS, error);
}

function isErrorBody(body: unknown): body is ErrorDto | InputErrorDto {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

/** Each field that was refused gets its own sentence. */
function detailOf({ detail }: ErrorDto | InputErrorDto): string {
  if (typeof detail === 'string') return detail;
  return detail.map(({ loc, msg }) => `${loc.slice(1).join('.') || 'The request'}: ${msg}`).join(' · ');
}
