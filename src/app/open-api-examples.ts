import type { OpenAPIObject } from '@nestjs/swagger';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import type { ErrorShape } from '../common/errors/error-shape.js';

/** How the schemas of refusals are named: a status alone tells none, an unready service answers 503 as well. */
const ERROR_SCHEMA = 'ErrorDto';

const REQUEST_ID = '0199c0de-0000-7000-8000-000000000000';

/** One refusal for each status that some dialect answers; the first that a dialect gives the status to is shown. */
const REFUSALS = [
  new DomainError('request.invalid', 'Invalid request parameters'),
  new DomainError('authentication.invalid', 'Not authenticated'),
  new DomainError('permission.denied', 'Not enough permissions'),
  new DomainError('token.not_found', 'Resource not found'),
  new DomainError('identity.not_found', 'Resource not found'),
  new DomainError('token.not_active', 'The token is not active.'),
  new DomainError('token.limit_reached', 'The owner already has the maximum number of active tokens.'),
  new DomainError('identity.token_auth_missing', 'Token Auth is not attached to this identity.'),
  new DomainError('request.too_large', 'The request body is too large.'),
  new DomainError('request.unsupported_media_type', 'The content type of the request is not supported.'),
  new DomainError('input.invalid', 'The input is not valid.', {
    issues: [{ loc: ['body', 'name'], msg: 'Field required', type: 'missing' }],
  }),
  refusal('request.upgrade_required'),
  new DomainError('request.rate_limited', 'Too many requests'),
  new DomainError('service.unavailable', 'The service cannot answer at the moment.'),
  new DomainError('internal', 'Internal error'),
];

interface DocumentedBody {
  schema?: { $ref?: string };
  example?: unknown;
}

interface DocumentedResponse {
  content?: Record<string, DocumentedBody>;
}

const isRefusal = ({ schema }: DocumentedBody): boolean => schema?.$ref?.endsWith(ERROR_SCHEMA) === true;

/**
 * Gives every documented refusal the body that the dialect of its path really answers with.
 * @param errorsAsUnder see ApiDocument
 */
export function withRefusalExamples(
  document: OpenAPIObject,
  shapes: readonly ErrorShape[],
  errorsAsUnder?: string,
): OpenAPIObject {
  const closest = [...shapes].sort((left, right) => right.pathPrefix.length - left.pathPrefix.length);
  for (const [path, item] of Object.entries(document.paths)) {
    const shape = closest.find(({ pathPrefix }) => (errorsAsUnder ?? path).startsWith(pathPrefix));
    for (const operation of Object.values(item as Record<string, { responses?: object }>)) {
      const responses = Object.entries(operation.responses ?? {}) as [string, DocumentedResponse][];
      for (const [status, response] of responses) {
        const refused = Object.values(response.content ?? {}).find(isRefusal);
        if (shape === undefined || refused === undefined) continue;
        const example = bodyOf(shape, Number(status));
        // Also where the operation produces something else: refusals are always JSON.
        const { contentType = 'application/json' } = shape;
        response.content = {
          [contentType]: { ...refused, ...(example === undefined ? {} : { example }) },
        };
      }
    }
  }
  return document;
}

function bodyOf(shape: ErrorShape, status: number): unknown {
  for (const each of REFUSALS) {
    const rendered = shape.render(each, REQUEST_ID);
    if (rendered.status === status) return rendered.body;
  }
  return undefined;
}
