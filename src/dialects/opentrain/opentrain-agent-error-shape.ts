import type { DomainError } from '../../common/errors/domain-error.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';
import { statusesOf } from '../../common/errors/refusals.js';
import { OPENTRAIN_KINDS } from './opentrain-error-shape.js';

/** `{error, error_description}` (RFC 6749 §5.2), for the revocation endpoints under /api/agent. */
export class OpenTrainAgentErrorShape implements ErrorShape {
  readonly pathPrefix = '/api/agent';
  readonly statusOf = statusesOf({ ...OPENTRAIN_KINDS, unsupported_media_type: 400 });

  render(error: DomainError): RenderedError {
    const status = this.statusOf[error.code];
    return { status, body: { error: wordFor(status), error_description: error.message } };
  }
}

function wordFor(status: number): string {
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}
